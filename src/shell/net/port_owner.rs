//! Who has a port that is in use, as far as the system tells.

/// The program that has UDP port `port`, such as `nc (process 4711)`. `None` where it cannot be told: on systems other
/// than Linux, and for processes of other users.
pub fn holder(port: u16) -> Option<String> {
    let inodes: Vec<String> =
        ["/proc/net/udp", "/proc/net/udp6"].into_iter().flat_map(|table| sockets(table, port)).collect();
    if inodes.is_empty() {
        return None;
    }
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let id: u32 = process.file_name().to_str()?.parse().ok()?;
        let descriptors = std::fs::read_dir(process.path().join("fd")).ok()?;
        let mut links = descriptors.flatten().filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok());
        links.find(|link| link.to_str().is_some_and(|link| inodes.iter().any(|inode| inode == link)))?;
        let name = std::fs::read_to_string(process.path().join("comm")).ok()?;
        Some(format!("{} (process {id})", name.trim_end()))
    })
}

/// The sockets in a table of the kernel that have `port`, as their descriptors name them. Columns: number, local
/// address and port in hex, remote address, …, inode as the tenth (proc(5)).
fn sockets(table: &str, port: u16) -> Vec<String> {
    let rows = std::fs::read_to_string(table).unwrap_or_default();
    let inode = |row: &str| {
        let columns: Vec<&str> = row.split_whitespace().collect();
        let (_, local_port) = columns.get(1)?.split_once(':')?;
        let is_ours = u16::from_str_radix(local_port, 16).ok()? == port;
        is_ours.then(|| format!("socket:[{}]", columns.get(9).unwrap_or(&"")))
    };
    rows.lines().filter_map(inode).collect()
}
