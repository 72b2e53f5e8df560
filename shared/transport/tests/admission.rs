//! Who is let in, who is not, and whether both ends learn why.

#![allow(clippy::unwrap_used, reason = "a panic here is a finding")]

mod stage;

use std::time::Duration;

use dynamo_transport::{By, Clock, Credentials, Distrust, Endpoint, LinkError, Role, Settings, Window};
use quinn::ConnectionError;
use shared::wire::Plane;
use stage::{
    DAY_S, authority, bare, credentials, echo, eventually, forged, long, node, node_with, now, subject, tool,
};

const PLANES: [Plane; 4] = Plane::ALL;

#[tokio::test]
async fn each_role_gets_the_planes_of_its_row_and_is_refused_the_others_in_words() {
    let authority = authority(1);
    let node = node(&authority);
    echo(&node);
    let mut refused = 0;
    for (role, allowed) in [
        (Role::Node, [true, false, true, false]),
        (Role::Admin, [false, true, true, true]),
        (Role::Operator, [false, false, true, false]),
        (Role::Client, [false, true, true, false]),
    ] {
        let caller = tool(&authority, role);
        for (plane, allowed) in PLANES.into_iter().zip(allowed) {
            match caller.dial(node.local_addr(), plane).await {
                Ok(connection) => {
                    assert!(allowed, "{role} {plane:?}");
                    stage::assert_answers(&connection).await;
                    assert_eq!((connection.plane(), connection.identity().role), (plane, Role::Node));
                }
                Err(LinkError::Refused { reason, .. }) => {
                    assert!(!allowed, "{role} {plane:?}");
                    assert!(
                        reason.starts_with(&format!("the certificate's role is {role}: only")),
                        "{reason}"
                    );
                    refused += 1;
                }
                Err(other) => panic!("{role} {plane:?}: {other}"),
            }
        }
    }
    assert_eq!(refused, 8);
    eventually(|| (node.counters().refused_role, node.counters().accepted), (8, 8)).await;
}

#[tokio::test]
async fn the_accepting_side_knows_who_is_calling() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Admin));
    let (dialled, accepted) = tokio::join!(tool.dial(node.local_addr(), Plane::Admin), node.accept());
    let (dialled, accepted) = (dialled.unwrap(), accepted.unwrap());
    assert_eq!(&accepted.identity, tool.identity());
    assert_eq!(accepted.identity.to_string(), "admin alice");
    assert_eq!(accepted.plane, Plane::Admin);
    assert_eq!(accepted.remote_addr.port(), tool.local_addr().port());
    assert!(accepted.remote_addr.is_ipv4());
    assert_eq!(dialled.identity(), node.identity());
}

/// The alert with which a bare connection was closed, now or within its handshake.
async fn alert(dialled: Result<(quinn::Endpoint, quinn::Connection), ConnectionError>) -> u64 {
    let error = match dialled {
        Ok((_endpoint, connection)) => connection.closed().await,
        Err(error) => error,
    };
    match error {
        ConnectionError::ConnectionClosed(close) => u64::from(close.error_code) - 0x100,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_caller_without_a_certificate_gets_nowhere() {
    let authority = authority(1);
    let node = node(&authority);
    let dialled = bare(&authority, None, Plane::Look.alpn(), node.local_addr()).await;
    assert_eq!(alert(dialled).await, 116, "certificate_required");
    eventually(|| node.counters().refused_no_certificate, 1).await;
}

#[tokio::test]
async fn whoever_is_turned_away_is_reported_with_what_is_known_of_him() {
    let authority = authority(1);
    let (node, olga) = (node(&authority), tool(&authority, Role::Operator));
    olga.dial(node.local_addr(), Plane::Admin).await.unwrap_err();
    let report = node.next_turned_away().await.unwrap();
    assert_eq!((report.identity.as_ref(), report.plane), (Some(olga.identity()), Some(Plane::Admin)));
    assert_eq!(report.remote_addr.port(), olga.local_addr().port());
    assert_eq!(
        report.reason,
        "the certificate's role is operator: only admin certificates may change the cluster"
    );
    let _ = bare(&authority, None, Plane::Admin.alpn(), node.local_addr()).await;
    let report = node.next_turned_away().await.unwrap();
    assert_eq!((report.identity, report.plane), (None, None));
    assert!(report.reason.contains("peer sent no certificates"), "{}", report.reason);
    node.shutdown("done", Duration::from_secs(5)).await;
    assert_eq!(node.next_turned_away().await, None);
    assert!(node.accept().await.is_none());
}

#[tokio::test]
async fn a_caller_of_another_protocol_gets_nowhere() {
    let authority = authority(1);
    let node = node(&authority);
    let issued = authority.issue(&subject(Role::Admin), long()).unwrap();
    let dialled = bare(&authority, Some(&issued), b"dynamo-look/999", node.local_addr()).await;
    assert_eq!(alert(dialled).await, 120, "no_application_protocol");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_by_either_end() {
    let (ours, theirs) = (authority(1), authority(1));
    let node = node(&ours);
    let stranger = tool(&theirs, Role::Admin).dial(node.local_addr(), Plane::Look).await.unwrap_err();
    assert!(
        matches!(stranger, LinkError::NotAuthorised { by: By::Us, cause: Distrust::OtherAuthority, .. }),
        "{stranger}"
    );
    // One that believes both authorities, so that only the node has reason to refuse.
    let issued = theirs.issue(&subject(Role::Admin), long()).unwrap();
    let both = [ours.certificate_pem(), theirs.certificate_pem()].concat();
    let trusting =
        Credentials::from_pem(&both, &issued.certificate_pem, &issued.key_pem, &Clock::system()).unwrap();
    let trusting = Endpoint::dialer(&trusting, Settings::default()).unwrap();
    let refused = trusting.dial(node.local_addr(), Plane::Look).await.unwrap_err();
    assert!(
        matches!(refused, LinkError::NotAuthorised { by: By::Them, cause: Distrust::OtherAuthority, .. }),
        "{refused}"
    );
    let words = refused.to_string();
    assert!(
        words.contains("the certificate is signed by an authority that is not this cluster's"),
        "{words}"
    );
    // The one that hung up by itself is counted among the others.
    let seen = || (node.counters().refused_other_authority, node.counters().refused_other);
    eventually(seen, (1, 1)).await;
}

/// How dialling a node whose clock shows another time fails.
async fn dialled_at(node_clock: u64, window: Window) -> LinkError {
    let authority = authority(1);
    let settings = Settings { clock: Clock::new(move || node_clock), ..Settings::default() };
    let node = node_with(&authority, settings);
    let issued = authority.issue(&subject(Role::Client), window).unwrap();
    let caller = Endpoint::dialer(&stage::with(&authority, &issued), Settings::default()).unwrap();
    let error = caller.dial(node.local_addr(), Plane::Client).await.unwrap_err();
    eventually(|| node.counters().refused_out_of_date, 1).await;
    error
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let error = dialled_at(now() + 10 * DAY_S, Window::days_from(now(), 1)).await;
    assert!(
        matches!(error, LinkError::NotAuthorised { by: By::Them, cause: Distrust::OutOfDate, .. }),
        "{error}"
    );
    let words = error.to_string();
    assert!(words.contains("the certificate has expired or is not valid yet"), "{words}");
    assert!(words.contains("certificate expired"), "{words}");
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_refused() {
    let error = dialled_at(now() - 10 * DAY_S, Window::days_from(now(), 1)).await;
    assert!(error.to_string().contains("certificate not valid yet"), "{error}");
}

#[tokio::test]
async fn an_expired_node_is_refused_by_the_dialer() {
    let authority = authority(1);
    let node = node(&authority);
    let settings = Settings { clock: Clock::new(|| now() + 1000 * DAY_S), ..Settings::default() };
    let caller = Endpoint::dialer(&credentials(&authority, Role::Client), settings).unwrap();
    let error = caller.dial(node.local_addr(), Plane::Client).await.unwrap_err();
    assert!(
        matches!(error, LinkError::NotAuthorised { by: By::Us, cause: Distrust::OutOfDate, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn good_certificates_that_say_the_wrong_thing_are_refused_in_words() {
    let authority = authority(1);
    let node = node(&authority);
    let here = "dynamo://00000000000000000000000000000001";
    let (admin, twice) = (format!("{here}/admin/a"), format!("{here}/client/a"));
    for (uris, words) in [
        (vec![], "carries no role"),
        (vec!["https://example.org/"], "names no cluster, role and name"),
        (vec![admin.as_str(), twice.as_str()], "carries 2 URIs"),
        (vec!["dynamo://00000000000000000000000000000002/admin/a"], "this is the cluster 0000"),
    ] {
        let issued = forged(&authority, &uris);
        let alpn = Plane::Look.alpn();
        let (_endpoint, connection) = bare(&authority, Some(&issued), alpn, node.local_addr()).await.unwrap();
        match connection.closed().await {
            ConnectionError::ApplicationClosed(close) => {
                let reason = String::from_utf8(close.reason.to_vec()).unwrap();
                assert!(reason.contains(words), "{reason}");
            }
            other => panic!("{other}"),
        }
    }
    eventually(|| (node.counters().refused_nobody, node.counters().refused_other_cluster), (3, 1)).await;
    assert_eq!(node.counters().accepted, 0);
}

#[tokio::test]
async fn a_dialer_makes_sure_that_it_reached_a_node_of_its_cluster() {
    let authority = authority(1);
    let caller = tool(&authority, Role::Client);
    for (uri, words) in [
        ("dynamo://00000000000000000000000000000001/admin/a", "admin's and not a node's"),
        ("dynamo://00000000000000000000000000000002/node/0000000000000001/n", "it belongs to the cluster"),
    ] {
        let impostor = stage::bare_server(&forged(&authority, &[uri]));
        let error = caller.dial(impostor.local_addr().unwrap(), Plane::Client).await.unwrap_err();
        assert!(matches!(&error, LinkError::WrongPeer { reason, .. } if reason.contains(words)), "{error}");
    }
    // An honest admin certificate is not even good for serving TLS.
    let impostor = stage::bare_server(&authority.issue(&subject(Role::Admin), long()).unwrap());
    let error = caller.dial(impostor.local_addr().unwrap(), Plane::Client).await.unwrap_err();
    assert!(matches!(error, LinkError::NotAuthorised { by: By::Us, .. }), "{error}");
}

#[tokio::test]
async fn only_nodes_accept() {
    let authority = authority(1);
    let settings = Settings { handshake_timeout: Duration::from_millis(200), ..Settings::default() };
    let admin = tool(&authority, Role::Admin);
    assert!(admin.accept().await.is_none());
    let caller = Endpoint::dialer(&credentials(&authority, Role::Client), settings).unwrap();
    let addr = ([127, 0, 0, 1], admin.local_addr().port()).into();
    let error = caller.dial(addr, Plane::Client).await.unwrap_err();
    assert!(matches!(error, LinkError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn callers_beyond_the_limits_are_refused_in_words() {
    let authority = authority(1);
    let settings = Settings { connections_per_certificate_max: 1, ..Settings::default() };
    let node = node_with(&authority, settings);
    echo(&node);
    let (first, other) = (tool(&authority, Role::Client), tool(&authority, Role::Client));
    let held = first.dial(node.local_addr(), Plane::Client).await.unwrap();
    let error = first.dial(node.local_addr(), Plane::Look).await.unwrap_err();
    assert!(error.to_string().ends_with("refused: there are too many connections already"), "{error}");
    other.dial(node.local_addr(), Plane::Client).await.unwrap();
    stage::assert_answers(&held).await;
    eventually(|| node.counters().refused_too_many, 1).await;

    let full = node_with(&authority, Settings { handshakes_max: 0, ..Settings::default() });
    let error = first.dial(full.local_addr(), Plane::Client).await.unwrap_err();
    assert!(error.to_string().ends_with("refused: it takes no more connections now"), "{error}");
}

#[tokio::test]
async fn under_load_a_caller_proves_its_address_first() {
    let authority = authority(1);
    let node = node_with(&authority, Settings { handshakes_unproven_max: 0, ..Settings::default() });
    echo(&node);
    let caller = tool(&authority, Role::Client);
    stage::assert_answers(&caller.dial(node.local_addr(), Plane::Client).await.unwrap()).await;
}
