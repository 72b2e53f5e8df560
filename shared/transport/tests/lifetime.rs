//! Connections over time: new certificates, expiry, age, restarts, and the pool that dials again.

#![allow(clippy::unwrap_used, reason = "a panic here is a finding")]

mod stage;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use dynamo_transport::{Authority, Clock, Endpoint, LinkError, Pool, Role, Settings};
use shared::wire::Plane;
use stage::{
    assert_answers, authority, credentials, echo, eventually, loopback, node, node_with, now, soon, tool,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

#[tokio::test]
async fn an_address_in_use_is_named() {
    let authority = authority(1);
    let node = node(&authority);
    let error = Endpoint::bind(node.local_addr(), &credentials(&authority, Role::Node), Settings::default())
        .unwrap_err();
    assert_eq!(error, LinkError::AddressInUse { addr: node.local_addr() });
    assert_eq!(error.to_string(), format!("{} is already in use by another process", node.local_addr()));
}

#[tokio::test]
async fn new_credentials_serve_new_connections_and_leave_the_old_ones() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    echo(&node);
    let before = tool.dial(node.local_addr(), Plane::Client).await.unwrap();
    let (new_node, new_tool) = (credentials(&authority, Role::Node), credentials(&authority, Role::Client));
    node.reload(&new_node).unwrap();
    tool.reload(&new_tool).unwrap();
    let after = tool.dial(node.local_addr(), Plane::Client).await.unwrap();
    assert_eq!(&after.identity().serial, &new_node.identity().serial);
    assert_ne!(before.identity().serial, after.identity().serial);
    assert_answers(&before).await;
    assert_answers(&after).await;
}

#[tokio::test]
async fn credentials_of_somebody_else_are_not_taken_over() {
    let (ours, theirs) = (authority(1), authority(2));
    let (node, tool) = (node(&ours), tool(&ours, Role::Client));
    echo(&node);
    for foreign in [credentials(&theirs, Role::Node), credentials(&ours, Role::Client)] {
        let error = node.reload(&foreign).unwrap_err();
        assert!(matches!(error, LinkError::NotForThisEndpoint { .. }), "{error}");
    }
    assert_answers(&tool.dial(node.local_addr(), Plane::Client).await.unwrap()).await;
}

#[tokio::test]
async fn a_connection_does_not_outlive_the_others_certificate() {
    let authority = authority(1);
    let time = Arc::new(AtomicU64::new(now()));
    let clock = Clock::new({
        let time = Arc::clone(&time);
        move || time.load(SeqCst)
    });
    let settings = Settings { clock, expiry_check: Duration::from_millis(10), ..Settings::default() };
    let (node, tool) = (node_with(&authority, settings), tool(&authority, Role::Client));
    echo(&node);
    let connection = tool.dial(node.local_addr(), Plane::Client).await.unwrap();
    assert_answers(&connection).await;
    time.store(now() + 1000 * stage::DAY_S, SeqCst);
    let words = connection.closed().await.to_string();
    assert!(words.ends_with("the certificate of client carl has expired"), "{words}");
    eventually(|| node.counters().expired, 1).await;
}

#[tokio::test]
async fn a_connection_has_a_greatest_age_and_the_pool_dials_a_new_one() {
    let authority = authority(1);
    let node = node(&authority);
    echo(&node);
    let settings = Settings { age_max: Duration::from_millis(300), ..Settings::default() };
    let pool = Pool::new(Endpoint::dialer(&credentials(&authority, Role::Client), settings).unwrap());
    let first = pool.connection(node.local_addr(), Plane::Client, soon()).await.unwrap();
    let words = first.closed().await.to_string();
    assert!(words.ends_with("it has reached its greatest age"), "{words}");
    assert!(first.is_ageing());
    pool.connection(node.local_addr(), Plane::Client, soon()).await.unwrap();
    assert!(node.counters().accepted >= 2);
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_dial() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    echo(&node);
    let pool = Pool::new(tool);
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let (pool, addr) = (pool.clone(), node.local_addr());
        callers.spawn(async move { pool.ask(addr, Plane::Client, Bytes::from_static(b"x"), soon()).await });
    }
    while let Some(answer) = callers.join_next().await {
        assert_eq!(answer.unwrap(), Ok(Bytes::from_static(b"x")));
    }
    assert_eq!(node.counters().accepted, 1);
    assert_eq!(pool.endpoint().counters().connections_open, 1);
    pool.ask(node.local_addr(), Plane::Look, Bytes::new(), soon()).await.unwrap();
    assert_eq!(node.counters().accepted, 2);
}

/// Binds an address that is about to become free.
async fn bind_again(authority: &Authority, addr: SocketAddr) -> Endpoint {
    let give_up_at = soon();
    loop {
        match Endpoint::bind(addr, &credentials(authority, Role::Node), Settings::default()) {
            Err(LinkError::AddressInUse { .. }) if Instant::now() < give_up_at => {
                tokio::task::yield_now().await;
            }
            bound => return bound.unwrap(),
        }
    }
}

#[tokio::test]
async fn the_pool_dials_again_after_the_other_end_has_restarted() {
    let authority = authority(1);
    let first =
        Endpoint::bind(loopback(), &credentials(&authority, Role::Node), Settings::default()).unwrap();
    let addr = first.local_addr();
    echo(&first);
    let pool = Pool::new(tool(&authority, Role::Client));
    let before = pool.connection(addr, Plane::Client, soon()).await.unwrap();
    first.shutdown("restart", Duration::from_secs(5)).await;
    drop(first);
    let words = before.closed().await.to_string();
    assert!(words.ends_with("the other end closed it: restart"), "{words}");
    let second = bind_again(&authority, addr).await;
    echo(&second);
    assert_eq!(
        pool.ask(addr, Plane::Client, Bytes::from_static(b"x"), soon()).await,
        Ok(Bytes::from_static(b"x"))
    );
    assert_eq!(second.counters().accepted, 1);
}

/// A node was killed and was back within a second; an onlooker's connection stayed silent until its idle timeout, ten
/// seconds, and the node seemed to be down all that time.
#[test]
fn a_node_that_was_killed_takes_back_the_connections_of_its_earlier_life() {
    let authority = authority(1);
    let same = credentials(&authority, Role::Node);
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let (first_life, second_life, users) = (runtime(), runtime(), runtime());
    // Nothing but the other end's word can end this connection in time.
    let patient = Settings { idle_timeout: Duration::from_hours(1), ..Settings::default() };
    let bind = |addr| Endpoint::bind(addr, &same, patient.clone());

    let addr = first_life.block_on(async {
        let node = bind(loopback()).unwrap();
        echo(&node);
        node.local_addr()
    });
    let connection = users.block_on(async {
        let tool = Endpoint::dialer(&credentials(&authority, Role::Client), patient.clone()).unwrap();
        let connection = tool.dial(addr, Plane::Client).await.unwrap();
        assert_answers(&connection).await;
        connection
    });
    // Everything that ran in it stops where it is, and says nothing any more.
    first_life.shutdown_timeout(Duration::from_secs(30));

    let give_up_at = soon();
    let _node = second_life.block_on(async {
        loop {
            match bind(addr) {
                Err(LinkError::AddressInUse { .. }) if Instant::now() < give_up_at => {
                    tokio::task::yield_now().await;
                }
                bound => return bound.unwrap(),
            }
        }
    });
    let lost = users.block_on(connection.ask(Bytes::from_static(b"are you there?"), soon())).unwrap_err();
    assert!(lost.to_string().ends_with("the other end has restarted"), "{lost}");
}

/// A pool that soon gives up on a dial, and then pauses.
fn hasty(authority: &Authority, pause: Duration) -> Pool {
    let settings = Settings {
        handshake_timeout: Duration::from_millis(500),
        back_off_min: pause,
        back_off_max: pause,
        ..Settings::default()
    };
    Pool::new(Endpoint::dialer(&credentials(authority, Role::Client), settings).unwrap())
}

#[tokio::test]
async fn within_the_pause_after_a_failure_the_impatient_fail_at_once() {
    let pool = hasty(&authority(1), Duration::from_hours(1));
    let deaf = std::net::UdpSocket::bind(loopback()).unwrap();
    let addr = deaf.local_addr().unwrap();
    let error = pool.connection(addr, Plane::Client, soon()).await.unwrap_err();
    assert!(matches!(error, LinkError::Unreachable { .. }), "{error}");
    // Half an hour of pause at least: longer than these are ready to wait.
    assert_eq!(pool.connection(addr, Plane::Client, soon()).await.unwrap_err(), error);
    assert_eq!(pool.ask(addr, Plane::Client, Bytes::new(), soon()).await, Err(error));
}

#[tokio::test]
async fn after_the_pause_it_is_dialled_again() {
    let authority = authority(1);
    let pool = hasty(&authority, Duration::from_millis(5));
    let deaf = std::net::UdpSocket::bind(loopback()).unwrap();
    let addr = deaf.local_addr().unwrap();
    pool.connection(addr, Plane::Client, soon()).await.unwrap_err();
    drop(deaf);
    let node = bind_again(&authority, addr).await;
    echo(&node);
    let give_up_at = soon();
    let connection = loop {
        match pool.connection(addr, Plane::Client, soon()).await {
            Ok(connection) => break connection,
            Err(error) => assert!(Instant::now() < give_up_at, "{error}"),
        }
    };
    assert_answers(&connection).await;
}

#[tokio::test]
async fn a_forgotten_address_is_hung_up_on() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    let pool = Pool::new(tool);
    let (pooled, accepted) =
        tokio::join!(pool.connection(node.local_addr(), Plane::Client, soon()), node.accept());
    drop(pooled.unwrap());
    pool.forget(node.local_addr());
    let words = accepted.unwrap().connection.closed().await.to_string();
    assert!(words.ends_with("it is no longer needed"), "{words}");
}

#[tokio::test]
async fn what_is_open_is_counted() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    let (dialled, accepted) = stage::pair(&node, &tool).await;
    assert_eq!(node.counters().connections_open, 1);
    assert_eq!((tool.counters().connections_open, tool.counters().dialled), (1, 1));
    dialled.close("done");
    accepted.closed().await;
    eventually(|| (node.counters().connections_open, tool.counters().connections_open), (0, 0)).await;
}
