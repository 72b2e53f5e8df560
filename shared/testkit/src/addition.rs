//! One more node beside a running cluster of `dynamo-node dev`: its folder, certificate and file, so that it can be started
//! like any other. It then waits; letting it in is a test's own doing.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::lab::Home;
use crate::output::run;

/// Where free ports are looked for: below those that the system hands to programs that do not care, so that a node that
/// is dead for a while finds its own port free when it comes back.
const FREE_PORTS: std::ops::Range<u16> = 10_240..32_000;

/// How often a port was looked for in this process.
static SEARCHES: AtomicUsize = AtomicUsize::new(0);

/// How far from each other two searches begin.
const BETWEEN_SEARCHES: usize = 32;

/// What tells it from the others.
pub(crate) struct Addition<'a> {
    /// Its name, by its certificate.
    pub(crate) name: &'a str,
    /// Whom it makes itself known to.
    pub(crate) seeds: &'a [SocketAddr],
    /// Its failure zone; `None`: the one that nodes have by themselves.
    pub(crate) zone: Option<&'a str>,
}

impl Addition<'_> {
    /// Makes everything that it needs in its folder, with a certificate of the cluster's authority, and says where it will
    /// listen.
    pub(crate) fn prepare(&self, home: &Home, directory: &Path, folder: &Path) -> SocketAddr {
        let mut ctl = home.command("dynamo-ctl");
        ctl.args(["cert", "issue", "--role", "node", "--name", self.name, "--dir"])
            .arg(directory.join("certificates"))
            .arg("--out")
            .arg(folder);
        run(ctl, b"").expect_code(0);
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port(self.seeds)));
        fs::write(folder.join("node.toml"), self.file(listen)).expect("the folder was just made");
        listen
    }

    fn file(&self, listen: SocketAddr) -> String {
        let seeds: Vec<String> = self.seeds.iter().map(|seed| format!("\"{seed}\"")).collect();
        let zone = self.zone.map(|zone| format!("zone = \"{zone}\"\n")).unwrap_or_default();
        let (name, seeds) = (self.name, seeds.join(", "));
        format!(
            "listen = \"{listen}\"\n{zone}seeds = [{seeds}]\ndata_dir = \"data\"\npid_file = \"pid\"\n\n\
             [tls]\nca = \"ca.pem\"\ncert = \"{name}.pem\"\nkey = \"{name}.key\"\n"
        )
    }
}

/// A port that nobody has, nor a node that is dead just now. Where the search begins differs from process to process, and
/// from call to call: tests that run beside each other are not to find the same port free, and both take it.
fn free_port(taken: &[SocketAddr]) -> u16 {
    let begin = usize::try_from(std::process::id()).unwrap_or(0).wrapping_mul(97);
    let begin = begin.wrapping_add(SEARCHES.fetch_add(1, Relaxed).wrapping_mul(BETWEEN_SEARCHES));
    let is_free = |port: &u16| {
        taken.iter().all(|address| address.port() != *port) && UdpSocket::bind(("127.0.0.1", *port)).is_ok()
    };
    let ports = FREE_PORTS.cycle().skip(begin % FREE_PORTS.len()).take(FREE_PORTS.len());
    ports.into_iter().find(is_free).expect("some port is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_another_node_is_not_free() {
        let one = free_port(&[]);
        let other = free_port(&[SocketAddr::from(([127, 0, 0, 1], one))]);
        assert!(one != other && FREE_PORTS.contains(&one) && FREE_PORTS.contains(&other));
    }

    #[test]
    fn the_file_names_what_lies_beside_it() {
        let seeds = [SocketAddr::from(([127, 0, 0, 1], 7700)), SocketAddr::from(([127, 0, 0, 1], 7701))];
        let file = Addition { name: "node-4", seeds: &seeds, zone: Some("b") }.file(seeds[0]);
        for line in
            ["zone = \"b\"", "seeds = [\"127.0.0.1:7700\", \"127.0.0.1:7701\"]", "key = \"node-4.key\""]
        {
            assert!(file.lines().any(|known| known == line), "{file}");
        }
    }
}
