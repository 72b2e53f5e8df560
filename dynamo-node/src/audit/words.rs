//! An administrator's request in words, for people, and in JSON, for programs: ids are texts there, as everywhere.

use serde_json::{Value, json};
use shared::wire::admin::{Admin, Commit, Init};
use shared::wire::plan::Change;

/// In words.
pub(super) fn words(admin: &Admin) -> String {
    match admin {
        Admin::Init(init) => {
            let members = listed(init.members.iter().map(|member| &member.name));
            let (name, quorum, partitions) = (&init.name, init.quorum, init.partitions.count());
            format!("create the cluster {name} of {members}: {quorum}, {partitions} partitions")
        }
        Admin::Stage { changes } => format!("stage: {}", listed(changes)),
        Admin::Clear { numbers } if numbers.is_empty() => "clear everything that is staged".to_owned(),
        Admin::Clear { numbers } => format!("clear what is staged as {}", listed(numbers)),
        Admin::Commit(commit) => commit_in_words(commit),
        Admin::Cancel { operation } => format!("cancel the operation {operation}"),
        Admin::Limit { bytes_per_second, partitions_at_once } => {
            let bytes = bytes_per_second.map(|bytes| match bytes {
                0 => "no limit of bytes a second".to_owned(),
                bytes => format!("{bytes} bytes a second"),
            });
            let partitions = partitions_at_once.map(|partitions| format!("{partitions} partitions at once"));
            format!("limit transfers: {}", listed(bytes.into_iter().chain(partitions)))
        }
        Admin::Pause { pause: true } => "pause transfers".to_owned(),
        Admin::Pause { pause: false } => "let transfers go on".to_owned(),
    }
}

fn commit_in_words(commit: &Commit) -> String {
    let insisting = if commit.insist { ", overriding blockers" } else { "" };
    let alone = match &commit.without_majority {
        Some(changes) => format!(", without a majority: {}", listed(changes)),
        None => String::new(),
    };
    format!("commit the plan {}{insisting}{alone}", commit.plan)
}

fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// In JSON.
pub(super) fn json(admin: &Admin) -> Value {
    match admin {
        Admin::Init(init) => json!({ "init": init_in_json(init) }),
        Admin::Stage { changes } => json!({ "stage": { "changes": changes_in_json(changes) } }),
        Admin::Clear { numbers } => json!({ "clear": { "numbers": numbers } }),
        Admin::Commit(Commit { plan, insist, without_majority }) => json!({ "commit": {
            "plan": plan.to_string(),
            "insist": insist,
            "without_majority": without_majority.as_deref().map(changes_in_json),
        } }),
        Admin::Cancel { operation } => json!({ "cancel": { "operation": operation.to_string() } }),
        Admin::Limit { bytes_per_second, partitions_at_once } => json!({ "limit": {
            "bytes_per_second": bytes_per_second,
            "partitions_at_once": partitions_at_once,
        } }),
        Admin::Pause { pause } => json!({ "pause": { "pause": pause } }),
    }
}

fn changes_in_json(changes: &[Change]) -> Value {
    json!(changes)
}

fn init_in_json(init: &Init) -> Value {
    let members = init.members.iter().map(|member| {
        json!({
            "node": member.node.to_string(),
            "name": member.name,
            "address": member.address,
            "zone": member.zone,
            "weight": member.weight,
        })
    });
    json!({
        "name": init.name,
        "n": init.quorum.n(),
        "r": init.quorum.r(),
        "w": init.quorum.w(),
        "partitions": init.partitions.count(),
        "strict": init.strict,
        "durability": init.durability,
        "value_bytes_max": init.value_bytes_max,
        "buckets": init.buckets,
        "members": members.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use shared::id::{OperationId, PlanId};

    use super::*;

    #[test]
    fn requests_are_said_in_words_and_their_ids_are_texts() {
        let join = Change::Join { node: "node-4".parse().unwrap(), weight: 2, zone: None };
        let leave = Change::Leave { node: "node-1".parse().unwrap() };
        let stage = Admin::Stage { changes: vec![join.clone(), leave] };
        assert_eq!(words(&stage), "stage: join node-4 (weight 2), leave node-1");
        assert_eq!(json(&stage)["stage"]["changes"][1], json!({ "leave": { "node": "node-1" } }));
        let commit =
            Admin::Commit(Commit { plan: PlanId(0xab), insist: true, without_majority: Some(vec![join]) });
        assert_eq!(
            words(&commit),
            "commit the plan 00000000000000ab, overriding blockers, without a majority: join node-4 (weight 2)"
        );
        assert_eq!(json(&commit)["commit"]["plan"], "00000000000000ab");
        let cancel = Admin::Cancel { operation: OperationId(1) };
        assert_eq!(json(&cancel)["cancel"]["operation"], "0000000000000001");
        let limit = Admin::Limit { bytes_per_second: Some(0), partitions_at_once: Some(4) };
        assert_eq!(words(&limit), "limit transfers: no limit of bytes a second, 4 partitions at once");
        assert_eq!(words(&Admin::Clear { numbers: vec![1, 2] }), "clear what is staged as 1, 2");
    }
}
