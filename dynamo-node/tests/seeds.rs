//! Seeds: a node that no cluster knows makes itself known at them, and a member that has lost all the others finds one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

mod stage;

use shared::id::NodeId;
use shared::quorum::Quorum;
use stage::Stage;

fn seeds(stages: &[(&Stage, u8)]) -> String {
    let addresses: Vec<_> = stages.iter().map(|(stage, n)| format!("\"{}\"", stage.address(*n))).collect();
    format!("seeds = [{}]\n", addresses.join(", "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_node_is_linked_to_its_seeds_as_soon_as_they_are_there() {
    let stage = Stage::new();
    // Its own address among them, as where all nodes have one list.
    stage.configure(2, &seeds(&[(&stage, 1), (&stage, 2), (&stage, 3)]));
    let _two = stage.spawn(2);
    stage.await_log(2, &["nobody is reached at a seed", &stage.address(1).to_string()]).await;

    let one = stage.alone().await;
    stage.await_log(2, &["linked", &NodeId(1).to_string()]).await;
    let _three = stage.start(3).await;
    stage.await_log(2, &["linked", &NodeId(3).to_string()]).await;

    // A seed that has gone away and come back is found again.
    drop(one);
    stage.await_log(2, &["link lost", &NodeId(1).to_string()]).await;
    let _one = stage.start(1).await;
    stage.await_log_times(2, &["linked", &NodeId(1).to_string()], 2).await;
    assert!(!stage.log(2).contains("cut off"), "it has dialled itself:\n{}", stage.log(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_of_another_cluster_is_said_once_and_in_words() {
    let (stage, elsewhere) = (Stage::new(), Stage::new());
    let _theirs = elsewhere.alone().await;
    stage.configure(2, &seeds(&[(&elsewhere, 1)]));
    let _two = stage.spawn(2);
    let looker = elsewhere.looker(1).await;
    looker.await_status("it was dialled often", |status| status.counters.refused_connections >= 4).await;
    let said: Vec<String> =
        stage.log(2).lines().filter(|line| line.contains("seed")).map(str::to_owned).collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("a seed is of no use") && said[0].contains("authority"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whose_others_have_all_moved_finds_them_by_a_seed() {
    let stage = Stage::new();
    let (one, two) = (stage.start(1).await, stage.start(2).await);
    stage.found(&[1, 2], Quorum::new(2, 1, 1).unwrap()).await.unwrap();
    one.stop().await.unwrap();
    two.stop().await.unwrap();

    stage.configure(2, &format!("listen = \"{}\"\n", stage.address(3)));
    let _two = stage.start(2).await;
    stage.configure(1, &seeds(&[(&stage, 3)]));
    let _one = stage.spawn(1);
    stage.await_log(1, &["a node answers at a seed", &NodeId(2).to_string()]).await;
    stage.await_log(1, &["linked peer=node-2"]).await;
}
