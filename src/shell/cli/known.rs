//! What can be set, and what a configuration file sets of it.

/// An option that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownOption {
    /// The name that it is written with.
    pub name: String,
    /// What it takes.
    pub kind: ValueKind,
    /// What it does, in short.
    pub help: String,
    /// What it is where nothing says otherwise.
    pub usual: Option<String>,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Nothing: it is there or not.
    Flag,
    /// Nothing, but it may stand several times.
    Count,
    /// One value.
    One,
    /// A value each time.
    List,
}

/// An option that the file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its long name.
    pub name: String,
    /// Its values; `true` or `false` of a flag.
    pub values: Vec<String>,
    /// The file, for the words of a mistake.
    pub file: String,
    /// Where it stands, counted from 1.
    pub line: usize,
}
