//! Machines of a test: namespaces joined by cables.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Program, has, skipped};

/// Machines that nobody else meets. They are taken down when this is dropped.
pub struct Network {
    pub machines: Vec<String>,
}

/// Whether a command of the shell succeeds.
pub fn run(command: &str) -> bool {
    Command::new("sh").arg("-c").arg(command).status().is_ok_and(|status| status.success())
}

impl Network {
    /// So many machines, not yet joined.
    pub fn of(count: usize) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let is_root = nix::unistd::geteuid().is_root();
        if !is_root
            || !has("ip")
            || !has("nft")
            || !run("ip netns add chinwag-probe-$$ && ip netns del chinwag-probe-$$")
        {
            assert!(std::env::var("CHINWAG_TESTS").as_deref() != Ok("all"), "network namespaces were demanded");
            skipped("networks of namespaces take root, ip and nft");
            return None;
        }
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = |n| format!("cw{}-{number}-{n}", std::process::id());
        let machines: Vec<String> = (0..count).map(name).collect();
        for machine in &machines {
            assert!(run(&format!("ip netns add {machine} && ip -n {machine} link set lo up")));
        }
        Some(Self { machines })
    }

    /// A cable between two machines, which are 10.`net`.0.1 and 10.`net`.0.2 on it. No default route.
    pub fn join(&self, net: u8, one: usize, other: usize) {
        let (a, b) = (&self.machines[one], &self.machines[other]);
        let (va, vb) = (format!("v{net}a"), format!("v{net}b"));
        assert!(run(&format!(
            "ip link add {va} netns {a} type veth peer name {vb} netns {b} &&
             ip -n {a} addr add 10.{net}.0.1/24 dev {va} && ip -n {a} link set {va} up &&
             ip -n {b} addr add 10.{net}.0.2/24 dev {vb} && ip -n {b} link set {vb} up &&
             for try in $(seq 1000); do
               ip -n {a} -o link show {va} | grep -q 'state UP' && ip -n {b} -o link show {vb} | grep -q 'state UP' && exit
             done"
        )));
    }

    /// Each machine loses so many percent of what comes in.
    pub fn lose(&self, percent: u32) {
        for machine in &self.machines {
            let rules = format!(
                "add table inet t; add chain inet t in {{ type filter hook input priority 0; }};
                 flush chain inet t in; add rule inet t in iif != lo numgen random mod 100 < {percent} drop"
            );
            assert!(run(&format!("ip netns exec {machine} nft '{rules}'")));
        }
    }

    /// `ip` on a machine.
    pub fn ip(&self, machine: usize, arguments: &str) {
        let name = &self.machines[machine];
        assert!(run(&format!("ip netns exec {name} sh -c 'ip {arguments}'")));
    }

    /// Sets a link of a machine up or down.
    pub fn set_link(&self, machine: usize, link: &str) {
        self.ip(machine, &format!("link set {link}"));
    }

    /// Nothing of others comes in any more, or again.
    pub fn cut(&self, machine: usize, is_cut: bool) {
        let machine = &self.machines[machine];
        let rule = if is_cut { "add rule inet t in fib saddr type != local drop" } else { "flush chain inet t in" };
        let rules = format!("add table inet t; add chain inet t in {{ type filter hook input priority 0; }}; {rule}");
        assert!(run(&format!("ip netns exec {machine} nft '{rules}'")));
    }

    /// Two machines on one cable, and two people on them who have met.
    pub fn of_two_who_met() -> Option<(Self, Program, Program)> {
        let network = Self::of(2)?;
        network.join(1, 0, 1);
        let mut alice = network.chinwag(0, "-n alice");
        let mut bob = network.chinwag(1, "-n bob");
        alice.err.is("bob is here.");
        bob.err.is("alice is here.");
        Some((network, alice, bob))
    }

    /// An instance on a machine, past its first words.
    pub fn chinwag(&self, machine: usize, arguments: &str) -> Program {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.machines[machine], env!("CARGO_BIN_EXE_chinwag"), "--temp"]);
        let mut program = Program::start(command.args(arguments.split_whitespace()));
        program.err.line();
        program.err.line();
        program
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for machine in &self.machines {
            run(&format!("ip netns del {machine}"));
        }
    }
}
