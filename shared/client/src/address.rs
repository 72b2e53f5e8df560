//! Addresses as people write them, and the socket addresses behind them.

use std::net::SocketAddr;

use crate::error::ClientError;

/// Every socket address that the texts (`host:port`) stand for, in their order and without repetition.
///
/// One that does not resolve is passed over if another does; a profile often names more nodes than are up.
pub async fn resolve(texts: &[String]) -> Result<Vec<SocketAddr>, ClientError> {
    let mut found = Vec::new();
    let mut wrong = None;
    for text in texts {
        match resolve_one(text).await {
            Ok(addresses) => found.extend(addresses),
            Err(error) => {
                tracing::warn!(%error, "an address was passed over");
                wrong.get_or_insert(error);
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|address| seen.insert(*address));
    match (found.is_empty(), wrong) {
        (false, _) => Ok(found),
        (true, Some(error)) => Err(error),
        (true, None) => Err(ClientError::NoAddress),
    }
}

async fn resolve_one(text: &str) -> Result<Vec<SocketAddr>, ClientError> {
    let bad = |reason: String| ClientError::BadAddress { address: text.to_owned(), reason };
    let addresses: Vec<_> = tokio::net::lookup_host(text).await.map_err(|e| bad(e.to_string()))?.collect();
    if addresses.is_empty() { Err(bad("the name has no address".to_owned())) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_resolve_once_each_and_in_order() {
        let texts = ["127.0.0.1:2", "127.0.0.1:1", "127.0.0.1:2"].map(str::to_owned);
        let found = resolve(&texts).await.unwrap();
        assert_eq!(found, ["127.0.0.1:2".parse().unwrap(), "127.0.0.1:1".parse().unwrap()]);
    }

    #[tokio::test]
    async fn what_is_no_address_is_passed_over_or_named() {
        let texts = ["no port here".to_owned(), "127.0.0.1:1".to_owned()];
        assert_eq!(resolve(&texts).await.unwrap().len(), 1);
        let error = resolve(&texts[..1]).await.unwrap_err();
        assert!(matches!(error, ClientError::BadAddress { .. }), "{error}");
        assert!(matches!(resolve(&[]).await, Err(ClientError::NoAddress)));
    }
}
