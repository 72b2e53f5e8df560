//! The terminal: drawn on as things happen, and given back as it was, whatever ends the program.

use std::io;
use std::time::Duration;

use crossterm::event::{self, Event as Input, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::DefaultTerminal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::{App, Event, Key};
use crate::feed::Feed;
use crate::model::Model;
use crate::view::{self, Palette};

/// How often ages are drawn anew when nothing else happens, at least.
const REDRAW: Duration = Duration::from_millis(500);

/// Shows what the feed brings until the user or a signal ends it.
pub async fn run(feed: Feed, app: App, delay: Duration, palette: Palette) -> io::Result<()> {
    // Also gives the terminal back when something panics.
    let mut terminal = ratatui::try_init()?;
    let ended = show(&mut terminal, feed, app, delay, palette).await;
    ratatui::try_restore()?;
    ended
}

/// Colours, unless the user wants none ([NO_COLOR](https://no-color.org)) or the terminal has none.
pub fn palette() -> Palette {
    let is_set = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if is_set("NO_COLOR") || is_dumb { Palette::Mono } else { Palette::Colour }
}

async fn show(
    terminal: &mut DefaultTerminal,
    mut feed: Feed,
    mut app: App,
    delay: Duration,
    palette: Palette,
) -> io::Result<()> {
    let mut keys = keys();
    let mut ticks = interval(delay);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut redraws = interval(REDRAW);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    while !app.is_over {
        let model = Model::of(&app);
        terminal.draw(|frame| view::draw(frame, &model, app.shows_help, palette))?;
        tokio::select! {
            Some(event) = feed.next() => app.update(event),
            pressed = keys.recv() => match pressed {
                Some(pressed) => pressed.into_iter().for_each(|key| app.update(Event::Pressed(key))),
                // The terminal is gone, and with it whoever was looking.
                None => app.is_over = true,
            },
            _ = ticks.tick() => ask(&mut feed, &app),
            _ = redraws.tick() => {}
            _ = terminate.recv() => app.is_over = true,
            _ = hangup.recv() => app.is_over = true,
            _ = interrupt.recv() => app.is_over = true,
        }
        app.update(Event::Ticked { now_ms: feed.now_ms() });
    }
    Ok(())
}

/// Asks everybody; for the declared state only when there is a newer one than is known.
pub(crate) fn ask(feed: &mut Feed, app: &App) {
    let known = app.map.as_ref().map(|map| map.version);
    let wants_map = known.is_none() || app.newest_version() > known;
    feed.ask(&app.addresses(), wants_map);
}

/// What is pressed, read by a thread of its own, as a terminal can only be waited for. `None` in the channel: only the
/// size has changed.
fn keys() -> UnboundedReceiver<Option<Key>> {
    let (tell, keys) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        while let Ok(input) = event::read() {
            let told = match input {
                Input::Key(key) if key.kind != KeyEventKind::Release => {
                    match meaning(key.code, key.modifiers) {
                        Some(key) => tell.send(Some(key)),
                        None => Ok(()),
                    }
                }
                Input::Resize(..) => tell.send(None),
                _ => Ok(()),
            };
            if told.is_err() {
                return;
            }
        }
    });
    keys
}

fn meaning(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    match code {
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
        KeyCode::Char('q') => Some(Key::Quit),
        KeyCode::Char('?') => Some(Key::Help),
        KeyCode::Esc => Some(Key::Back),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_footer_says() {
        let plain = KeyModifiers::NONE;
        assert_eq!(meaning(KeyCode::Char('q'), plain), Some(Key::Quit));
        assert_eq!(meaning(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Quit));
        assert_eq!(meaning(KeyCode::Char('c'), plain), None);
        assert_eq!(meaning(KeyCode::Char('?'), plain), Some(Key::Help));
    }
}
