//! `dynamo-node dev` as people use it: it comes up, serves, survives what is done to its nodes, stops, and comes back
//! with its data. Real programs, a temporary home.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails in a test is a finding")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use dynamo_client::{Client, GetOptions, Looker, Profile, Profiles, PutOptions};
use dynamo_testkit::patience::PATIENCE;
use dynamo_testkit::{Cluster, Lab, await_until, is_alive};
use rustix::process::{Pid, Signal, kill_process};
use shared::id::{Name, NodeId};
use shared::key::{Key, Value};

/// Somebody who uses data.
struct User {
    runtime: tokio::runtime::Runtime,
    client: Client,
    looker: Looker,
    bucket: Name,
}

impl User {
    fn of(lab: &Lab, cluster: &Cluster) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let profile = profile(lab, cluster.profile());
        let (client, looker) = runtime.block_on(async {
            (Client::connect(&profile).await.unwrap(), Looker::connect(&profile).await.unwrap())
        });
        Self { runtime, client, looker, bucket: "default".parse().unwrap() }
    }

    fn put(&self, key: &str, value: &str) {
        let put = async {
            let key = Key::new(key.to_owned()).unwrap();
            let value = Value::from(value.to_owned());
            self.client.put(&self.bucket, &key, value, &PutOptions::default()).await
        };
        self.runtime.block_on(put).unwrap();
    }

    fn get(&self, key: &str) -> Vec<String> {
        let get = async {
            let key = Key::new(key.to_owned()).unwrap();
            self.client.get(&self.bucket, &key, &GetOptions::default()).await
        };
        let got = self.runtime.block_on(get).unwrap();
        let values = got.siblings.into_iter().filter_map(|sibling| sibling.value);
        values.map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap()).collect()
    }

    /// Whether a node, counted from 1, answers and has compared everything that it holds.
    fn is_compared(&self, cluster: &Cluster, n: usize) -> bool {
        let status = self.runtime.block_on(self.looker.status(cluster.addresses()[n - 1]));
        status.is_ok_and(|status| {
            status.partitions_owned > 0 && status.partitions_compared == status.partitions_owned
        })
    }
}

/// A `dynamo-node dev --join` that runs.
struct Added {
    dev: Child,
    /// What it says; the `ready` line was taken out.
    said: BufReader<ChildStdout>,
    profile: String,
    node: String,
    address: SocketAddr,
}

impl Added {
    fn start(lab: &Lab, arguments: &[&str]) -> Self {
        let mut dev = lab.command("dynamo-node");
        dev.args(["dev", "--join"]).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut dev = dev.spawn().unwrap();
        let mut said = BufReader::new(dev.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        let ["ready", profile, node, address] = words.iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let (profile, node, address) = (profile.to_owned(), node.to_owned(), address.parse().unwrap());
        Self { dev, said, profile, node, address }
    }

    /// Ctrl-C; what it had said after the `ready` line.
    fn stop(mut self) -> String {
        send(i32::try_from(self.dev.id()).unwrap(), Signal::INT);
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        assert_eq!(self.dev.wait().unwrap().code(), Some(0));
        rest
    }

    fn id(&self, user: &User) -> NodeId {
        user.runtime.block_on(user.looker.whoami(self.address)).unwrap().node
    }
}

fn profiles(lab: &Lab) -> Profiles {
    Profiles::load(Some(&lab.config_home().join("dynamo/config.toml"))).unwrap()
}

fn profile(lab: &Lab, name: &str) -> Profile {
    profiles(lab).get(&name.parse().unwrap()).unwrap()
}

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// The whole story of an afternoon with a cluster: one test, as each chapter needs the one before.
#[test]
fn a_cluster_serves_through_a_crash_stops_and_comes_back_with_its_data() {
    let lab = Lab::new();
    let mut cluster = lab.dev(&[]);
    assert_eq!(cluster.profile(), "dev");
    assert_eq!(cluster.addresses().len(), 3);
    assert_eq!(profiles(&lab).current(), Some(&"dev".parse().unwrap()));
    assert_eq!(mode(cluster.directory()), 0o700);
    assert_eq!(mode(&cluster.node(1)), 0o700);
    assert_eq!(mode(&cluster.node(1).join("node.key")), 0o600);

    let user = User::of(&lab, &cluster);
    user.put("cart:42", "milk");
    assert_eq!(user.get("cart:42"), ["milk"]);

    let refused = lab.run("dynamo-node", &["dev"]).expect_code(3);
    assert!(refused.stderr.contains(&format!("process {}", cluster.dev_pid())), "{}", refused.stderr);
    assert!(refused.stderr.contains("profile `dev`"), "{}", refused.stderr);

    cluster.kill9(3);
    assert!(
        await_until(PATIENCE, || cluster.complaints().contains("node-3 was killed by signal 9")),
        "{}",
        cluster.complaints()
    );
    let again = format!("run --config {}", cluster.node(3).join("node.toml").display());
    assert!(cluster.complaints().contains(&again), "{}", cluster.complaints());
    for n in 0..20 {
        user.put(&format!("while-down:{n}"), "bread");
        assert_eq!(user.get(&format!("while-down:{n}")), ["bread"]);
    }

    cluster.restart(3);
    assert!(await_until(PATIENCE, || user.is_compared(&cluster, 3)), "{}", cluster.log(3));

    let pids = [1, 2, 3].map(|n| cluster.pid(n));
    let (addresses, nodes) = (cluster.addresses().to_vec(), [1, 2, 3].map(|n| cluster.node(n)));
    cluster.stop().expect_code(0);
    assert!(
        pids.iter().all(|pid| !is_alive(*pid)),
        "a node was left behind, the one restarted by hand perhaps"
    );
    assert!(nodes.iter().all(|node| !node.join("pid").exists()));

    let refused = lab.run("dynamo-node", &["dev", "--nodes", "5"]).expect_code(2);
    assert!(
        refused.stderr.contains("made with --nodes 3") && refused.stderr.contains("--clean"),
        "{}",
        refused.stderr
    );

    let cluster = lab.dev(&["--nodes", "3"]);
    assert_eq!(cluster.addresses(), addresses);
    let user = User::of(&lab, &cluster);
    assert_eq!(user.get("cart:42"), ["milk"]);
    assert_eq!(user.get("while-down:7"), ["bread"]);
    cluster.stop().expect_code(0);

    let cluster = lab.dev(&["--clean", "--nodes", "1"]);
    assert_eq!(cluster.addresses().len(), 1);
    assert_eq!(User::of(&lab, &cluster).get("cart:42"), Vec::<String>::new());
}

#[test]
fn what_it_says_to_try_can_be_pasted_and_works() {
    let lab = Lab::new();
    for program in ["dynamo-ctl", "dynamo-top"] {
        assert!(lab.bin(program).is_file());
    }
    let cluster = lab.dev(&[]);
    let proposed = |words: &str| -> String {
        let find = || cluster.said().into_iter().find(|line| line.starts_with("  ") && line.contains(words));
        assert!(await_until(PATIENCE, || find().is_some()), "{words} in {:?}", cluster.said());
        find().unwrap()
    };
    lab.shell(&proposed("dynamo-ctl put")).expect_code(0);
    assert_eq!(lab.shell(&proposed("dynamo-ctl get")).expect_code(0).stdout, b"milk");
    assert!(lab.shell(&proposed("dynamo-ctl status")).expect_code(0).text().contains("node-3"));
    let looked = lab.shell(&format!("{} --batch -n 1", proposed("dynamo-top"))).expect_code(0);
    assert!(looked.text().contains("3 of 3 nodes up"), "{}", looked.text());

    let victim = cluster.pid(3);
    lab.shell(&proposed("kill -9")).expect_code(0);
    assert!(await_until(PATIENCE, || !is_alive(victim)));
    assert_eq!(lab.ctl(&["get", "cart:42"]).expect_code(0).stdout, b"milk");
    lab.ctl_with_stdin(&["put", "cart:43", "-"], b"bread").expect_code(0);
    assert_eq!(lab.ctl(&["get", "cart:43"]).expect_code(0).stdout, b"bread");
    cluster.stop().expect_code(0);
}

#[test]
fn a_frozen_node_holds_up_neither_data_nor_the_end() {
    let lab = Lab::new();
    let cluster = lab.dev(&["--name", "frozen"]);
    assert_eq!(cluster.profile(), "dev-frozen");
    let user = User::of(&lab, &cluster);
    user.put("k", "v");
    cluster.freeze(2);
    user.put("k2", "v2");
    assert_eq!(user.get("k"), ["v"]);
    cluster.thaw(2);
    assert!(await_until(PATIENCE, || user.is_compared(&cluster, 2)), "{}", cluster.log(2));
    cluster.freeze(2);
    let pid = cluster.pid(2);
    cluster.stop().expect_code(0);
    assert!(!is_alive(pid));
}

#[test]
fn what_a_killed_dev_left_running_is_stopped_by_the_next_one() {
    let lab = Lab::new();
    let cluster = lab.dev(&[]);
    User::of(&lab, &cluster).put("k", "v");
    let left = [1, 2, 3].map(|n| cluster.pid(n));
    send(cluster.dev_pid(), Signal::KILL);
    let again = lab.dev(&[]);
    assert!(await_until(PATIENCE, || left.iter().all(|pid| !is_alive(*pid))));
    assert_eq!(User::of(&lab, &again).get("k"), ["v"]);
}

#[test]
fn a_node_that_cannot_start_ends_it_with_what_the_node_said() {
    let lab = Lab::new();
    let cluster = lab.dev(&["--nodes", "2"]);
    let (address, file) = (cluster.addresses()[1], cluster.node(2).join("node.toml"));
    cluster.stop().expect_code(0);

    let taken = UdpSocket::bind(address).unwrap();
    let refused = lab.run("dynamo-node", &["dev"]).expect_code(4);
    assert!(refused.stderr.contains(&address.to_string()), "{}", refused.stderr);
    drop(taken);

    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("listen", "lissten")).unwrap();
    let failed = lab.run("dynamo-node", &["dev"]).expect_code(1);
    assert!(failed.stderr.contains("node-2 ended with exit code 2"), "{}", failed.stderr);
    assert!(failed.stderr.contains("unknown key `lissten`"), "{}", failed.stderr);
    assert!(failed.stdout.is_empty());
}

#[test]
fn only_its_own_folders_are_cleaned_and_other_clusters_profiles_stay() {
    let lab = Lab::new();
    let precious = lab.path().join("precious");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("thesis.tex"), "").unwrap();
    for flags in [&["dev", "--clean", "--dir", "precious"][..], &["dev", "--dir", "precious"]] {
        let refused = lab.run("dynamo-node", flags).expect_code(3);
        assert!(refused.stderr.contains("is not a folder of `dynamo-node dev`"), "{}", refused.stderr);
    }
    assert!(precious.join("thesis.tex").exists());

    let cluster = lab.dev(&["--nodes", "1", "--dir", "a/x"]);
    assert_eq!(cluster.profile(), "dev-x");
    let refused = lab.run("dynamo-node", &["dev", "--nodes", "1", "--dir", "b/x"]).expect_code(2);
    assert!(refused.stderr.contains("the profile `dev-x` belongs to"), "{}", refused.stderr);
}

#[test]
fn a_real_cluster_stays_the_current_one() {
    let lab = Lab::new();
    let file = lab.config_home().join("dynamo/config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(
        &file,
        "current = \"prod\"\n[profile.prod]\naddresses = [\"10.0.0.1:7000\"]\nca = \"ca.pem\"\n",
    )
    .unwrap();
    let cluster = lab.dev(&["--nodes", "1"]);
    assert_eq!(profiles(&lab).current(), Some(&"prod".parse().unwrap()));
    assert_eq!(profiles(&lab).iter().count(), 2);
    let names_it = || cluster.said().iter().any(|line| line.contains("dynamo-ctl --profile dev put"));
    assert!(await_until(PATIENCE, names_it), "{:?}", cluster.said());
}

#[test]
fn nodes_are_added_beside_a_running_cluster_stopped_alone_and_taken_up_again() {
    let lab = Lab::new();
    let refused = lab.run("dynamo-node", &["dev", "--join"]).expect_code(3);
    assert!(refused.stderr.contains("there is no development cluster in"), "{}", refused.stderr);

    let cluster = lab.dev(&["--nodes", "2", "--partitions", "16"]);
    let user = User::of(&lab, &cluster);
    let three = Added::start(&lab, &["--zone", "b"]);
    let (node, address, id) = (three.node.clone(), three.address, three.id(&user));
    assert_eq!((node.as_str(), three.profile.as_str()), ("node-3", "dev"));
    let file = fs::read_to_string(cluster.node(3).join("node.toml")).unwrap();
    let seeds: Vec<_> = cluster.addresses().iter().map(|address| format!("\"{address}\"")).collect();
    assert!(
        file.contains(&format!("seeds = [{}]", seeds.join(", "))) && file.contains("zone = \"b\""),
        "{file}"
    );
    let linked = || cluster.log(3).lines().filter(|line| line.contains(" linked ")).count() == 2;
    assert!(await_until(PATIENCE, linked), "{}", cluster.log(3));
    let four = Added::start(&lab, &[]);
    assert_eq!(four.node, "node-4");
    let refused = lab.run("dynamo-node", &["dev", "--join=node-3"]).expect_code(3);
    assert!(refused.stderr.contains("node-3 runs already, as process"), "{}", refused.stderr);
    let refused = lab.run("dynamo-node", &["dev", "--join=node-1"]).expect_code(2);
    assert!(refused.stderr.contains("node-1 to node-2"), "{}", refused.stderr);

    let said = three.stop();
    for line in ["dynamo-ctl node list\n", "dynamo-ctl node join node-3\n", "plan show\n", "plan commit\n"] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!cluster.node(3).join("pid").exists());
    user.put("k", "v");
    let refused = lab.run("dynamo-node", &["dev", "--join=node-3", "--zone", "c"]).expect_code(2);
    assert!(refused.stderr.contains("made with the zone `b`"), "{}", refused.stderr);
    let five = Added::start(&lab, &["--new"]);
    assert_eq!(five.node, "node-5");
    let again = Added::start(&lab, &[]);
    assert_eq!((again.node.as_str(), again.address, again.id(&user)), ("node-3", address, id));

    // One whose node dies says so.
    send(cluster.pid(4), Signal::KILL);
    let Added { mut dev, .. } = four;
    assert_eq!(dev.wait().unwrap().code(), Some(1));

    // Those that were added are none of its business.
    let pids = [3, 5].map(|n| cluster.pid(n));
    send(cluster.dev_pid(), Signal::TERM);
    assert!(await_until(PATIENCE, || [1, 2].iter().all(|n| !cluster.node(*n).join("pid").exists())));
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    five.stop();
    let said = again.stop();
    assert!(said.contains("node-3 waits"), "{said}");
    cluster.stop().expect_code(0);
    let refused = lab.run("dynamo-node", &["dev", "--join"]).expect_code(1);
    assert!(refused.stderr.contains("does not run"), "{}", refused.stderr);

    // Everybody whose folder is there, whether let in or not.
    fs::remove_dir_all(lab.state_home().join("dynamo/dev/node-5")).unwrap();
    let cluster = lab.dev(&[]);
    assert_eq!(cluster.addresses().len(), 4);
    assert!([1, 2, 3, 4].iter().all(|n| is_alive(cluster.pid(*n))));
    assert_eq!(User::of(&lab, &cluster).get("k"), ["v"]);
    let five = Added::start(&lab, &[]);
    assert_eq!(five.node, "node-5");
    five.stop();
    cluster.stop().expect_code(0);
}

#[test]
fn a_signal_while_it_starts_is_an_orderly_end() {
    let lab = Lab::new();
    let mut dev = lab.command("dynamo-node");
    let mut dev = dev.args(["dev", "--base-port", "0"]).stdin(Stdio::null()).spawn().unwrap();
    let node = lab.state_home().join("dynamo/dev/node-1");
    assert!(await_until(PATIENCE, || node.join("log").exists()));
    send(i32::try_from(dev.id()).unwrap(), Signal::TERM);
    let mut ended = None;
    assert!(await_until(PATIENCE, || {
        ended = dev.try_wait().unwrap();
        ended.is_some()
    }));
    assert_eq!(ended.unwrap().code(), Some(0));
    assert!(!node.join("pid").exists());
}
