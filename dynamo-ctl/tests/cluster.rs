//! The state of a cluster, from its certificates and its first day to the day when nothing answers any more.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

use std::fs;
use std::net::UdpSocket;
use std::process::{Child, Stdio};

use dynamo_testkit::{Lab, Output, await_until, patience::PATIENCE};
use serde_json::Value;

fn expect(lab: &Lab, code: i32, line: &[&str]) -> Output {
    let output = lab.ctl(line);
    assert_eq!(output.code, code, "{line:?}: {output:?}");
    output
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The two letters of every node, by the nodes' names.
fn codes(status: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    status["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(&node["name"]), text(&node["code"])))
        .collect()
}

#[test]
fn nodes_that_die_are_named_and_what_still_works_works() {
    let lab = Lab::new();
    let mut cluster = lab.dev(&[]);
    let healthy = expect(&lab, 0, &["status", "--timeout", "20s", "-o", "json"]);
    let healthy = json(&healthy);
    assert_eq!((&healthy["health"], &healthy["n"]), (&"healthy".into(), &3.into()));
    assert_eq!(healthy["items"][0]["owned_permille"], 1000);
    assert_eq!(expect(&lab, 0, &["status", "-o", "name"]).text(), "node-1\nnode-2\nnode-3\n");
    let shown = json(&expect(&lab, 0, &["cluster", "show", "-o", "json"]));
    assert_eq!((&shown["ring_version"], &shown["buckets"][0]["name"]), (&1.into(), &"default".into()));

    expect(&lab, 0, &["put", "cart", "milk"]);
    cluster.kill9(1);
    let degraded = json(&expect(&lab, 10, &["status", "--timeout", "20s", "-o", "json"]));
    let wanted =
        [("node-1", "DN"), ("node-2", "UN"), ("node-3", "UN")].map(|(n, c)| (n.to_owned(), c.to_owned()));
    assert_eq!(codes(&degraded), wanted);
    assert!(degraded["findings"][0].as_str().unwrap().starts_with("node-1 is down: "), "{degraded}");
    assert_eq!(expect(&lab, 0, &["get", "cart"]).text(), "milk");
    expect(&lab, 0, &["put", "cart", "eggs", "--update"]);
    assert_eq!(expect(&lab, 0, &["keys"]).text(), "cart\n", "one owner of each partition is enough");

    cluster.kill9(2);
    let alone = expect(&lab, 6, &["get", "cart", "--timeout", "4s"]);
    assert!(alone.stderr.contains("of the 2 wanted replicas answered"), "{}", alone.stderr);
    assert_eq!(expect(&lab, 0, &["get", "cart", "--r", "1"]).text(), "eggs");

    cluster.kill9(3);
    for line in [&["get", "cart"][..], &["put", "cart", "x"], &["keys"], &["status"], &["cluster", "show"]] {
        let nobody = expect(&lab, 12, &[line, &["--timeout", "1s"]].concat());
        assert!(nobody.stderr.starts_with("error: no node can be reached\ncause: "), "{}", nobody.stderr);
    }
}

#[test]
fn who_may_not_is_told_so() {
    let lab = Lab::new();
    let cluster = lab.dev(&["--nodes", "1"]);
    let certificates = cluster.directory().join("certificates");
    let of = |name: &str, role: &str, pair: &str| {
        let c = certificates.display();
        format!(
            "[profile.{name}]\naddresses = [\"{}\"]\nca = \"{c}/ca.pem\"\n\
             {role} = {{ cert = \"{c}/{pair}.pem\", key = \"{c}/{pair}.key\" }}\n",
            cluster.addresses()[0]
        )
    };
    let text = of("looker", "operator", "operator") + &of("pretender", "client", "operator");
    fs::write(lab.path().join("profiles.toml"), text).unwrap();
    let as_whom = |name| ["--config", "profiles.toml", "--profile", name];
    let get = &["get", "cart"][..];
    let looker = expect(&lab, 13, &[get, &as_whom("looker")].concat());
    assert!(looker.stderr.contains("no certificate for reading and writing data"), "{}", looker.stderr);
    expect(&lab, 0, &[&["status", "--timeout", "20s"][..], &as_whom("looker")].concat());
    let pretender = expect(&lab, 13, &[get, &as_whom("pretender")].concat());
    assert!(pretender.stderr.contains("the certificate's role is operator"), "{}", pretender.stderr);
}

/// A node of one's own making.
struct Node {
    address: String,
    child: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn node(lab: &Lab, name: &str) -> Node {
    expect(lab, 0, &["cert", "issue", "--dir", "authority", "--role", "node", "--name", name, "--out", name]);
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let folder = lab.path().join(name);
    let (at, tls) = (folder.display(), folder.join(name).display().to_string());
    let config = format!(
        "listen = \"{address}\"\ndata_dir = \"{at}/data\"\n\
         [tls]\nca = \"{at}/ca.pem\"\ncert = \"{tls}.pem\"\nkey = \"{tls}.key\"\n"
    );
    fs::write(folder.join("node.toml"), config).unwrap();
    let log = fs::File::create(folder.join("log")).unwrap();
    let child = lab
        .command("dynamo-node")
        .args(["run", "--config"])
        .arg(folder.join("node.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    Node { address, child }
}

#[test]
fn a_cluster_is_made_of_certificates_and_waiting_nodes() {
    let lab = Lab::new();
    expect(&lab, 0, &["cert", "init", "--dir", "authority"]);
    let again = expect(&lab, 9, &["cert", "init", "--dir", "authority"]);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    let nodes = ["n1", "n2", "n3"].map(|name| node(&lab, name));
    expect(
        &lab,
        0,
        &["cert", "issue", "--dir", "authority", "--role", "admin", "--name", "ann", "--out", "ann"],
    );
    let inspected = json(&expect(&lab, 0, &["cert", "inspect", "ann/ann.pem", "-o", "json"]));
    assert_eq!(
        (&inspected["role"], &inspected["name"], &inspected["valid"]),
        (&"admin".into(), &"ann".into(), &true.into())
    );

    let addresses: Vec<String> = nodes.iter().map(|node| format!("\"{}\"", node.address)).collect();
    let profile = format!(
        "[profile.home]\naddresses = [{}]\nca = \"../../ann/ca.pem\"\n\
         admin = {{ cert = \"../../ann/ann.pem\", key = \"../../ann/ann.key\" }}\n",
        addresses.join(", ")
    );
    fs::create_dir_all(lab.config_home().join("dynamo")).unwrap();
    fs::write(lab.config_home().join("dynamo/config.toml"), profile).unwrap();
    expect(&lab, 2, &["status"]);
    expect(&lab, 0, &["profile", "use", "home"]);
    assert_eq!(expect(&lab, 0, &["profile", "list", "-o", "name"]).text(), "home\n");

    let all_wait = || {
        let output = lab.ctl(&["status", "--timeout", "20s", "-o", "json"]);
        output.code == 11 && codes(&json(&output)).iter().filter(|(_, code)| code == "UW").count() == 3
    };
    assert!(await_until(PATIENCE, all_wait), "{:?}", lab.ctl(&["status"]));
    let early = expect(&lab, 11, &["put", "cart", "milk"]);
    assert!(
        early.stderr.contains("hint: create the cluster with `dynamo-ctl cluster init`"),
        "{}",
        early.stderr
    );

    let init = ["cluster", "init", "--name", "prod", "--partitions", "64", "--bucket", "carts"];
    let dry = expect(&lab, 0, &[&init[..], &["--dry-run", "n1", "n2", "n3"]].concat());
    assert!(dry.text().starts_with("would create:\ncluster prod  N=3 R=2 W=2  Q=64\n"), "{}", dry.text());
    assert!(all_wait(), "nothing was created");
    let unknown = expect(&lab, 4, &[&init[..], &["n1", "n2", "n4"]].concat());
    assert!(unknown.stderr.contains("did you mean n"), "{}", unknown.stderr);
    expect(&lab, 2, &[&init[..], &["n1", "n2"]].concat());
    expect(&lab, 2, &[&init[..], &["n1", "n2", "n2"]].concat());
    let created = expect(&lab, 0, &[&init[..], &["-o", "json", "n1", "n2", &nodes[2].address]].concat());
    assert_eq!(json(&created)["ring_version"], 1);
    let twice = expect(&lab, 9, &[&init[..], &["n1", "n2", "n3"]].concat());
    assert!(twice.stderr.contains("these nodes belong to a cluster already"), "{}", twice.stderr);

    assert!(await_until(PATIENCE, || lab.ctl(&["status"]).code == 0), "{:?}", lab.ctl(&["status"]));
    expect(&lab, 0, &["put", "--bucket", "carts", "cart", "milk"]);
    assert_eq!(expect(&lab, 0, &["get", "-b", "carts", "cart"]).text(), "milk");
    let shown = json(&expect(&lab, 0, &["cluster", "show", "-o", "json"]));
    assert_eq!((&shown["cluster"], &shown["partitions"]), (&"prod".into(), &64.into()));
}

#[test]
fn what_stands_is_told_with_its_origin() {
    let lab = Lab::new();
    let _cluster = lab.dev(&["--nodes", "1"]);
    let mut ctl = lab.command("dynamo-ctl");
    ctl.args(["config", "show", "--origin", "-o", "csv", "--timeout", "3s"]).env("DYNAMO_PROFILE", "dev");
    let output = ctl.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in
        ["setting,profile,environment,1,dev", "setting,timeout,flag,1,3s", "setting,color,default,1,auto"]
    {
        assert!(text.lines().any(|known| known == line), "{line}: {text}");
    }
}

#[test]
fn the_packager_gets_pages_and_scripts() {
    let lab = Lab::new();
    expect(&lab, 0, &["man", "pages"]);
    assert!(lab.path().join("pages/dynamo-ctl-cluster-init.1").is_file());
    for shell in ["bash", "zsh", "fish"] {
        assert!(expect(&lab, 0, &["completion", shell]).text().contains("dynamo-ctl"));
    }
    assert_eq!(expect(&lab, 0, &["--version"]).text(), format!("dynamo-ctl {}\n", env!("CARGO_PKG_VERSION")));
}
