//! What the session wants of the disk for files, and what comes of it. Whoever does it is never waited for.

use std::sync::Arc;

use crate::chat::files::assembly::ProvenBlock;
use crate::chat::files::blocks::{Layout, StreamHash, Tree, Value};
use crate::chat::files::ranges::Ranges;
use crate::chat::files::read_allowance::DiskRead;
use crate::chat::keys::exchange::TransferId;

/// A file or folder of this machine that is offered.
pub type SourceId = u64;
/// What is fetched, as far as it is here.
pub type PartId = u64;

/// What the disk is to do for files. Jobs of one source or part are done in order.
#[derive(Debug, PartialEq, Eq)]
pub enum DiskJob {
    /// Look at a file or folder, and read all of it. The answer is a [`DiskDone::Examined`].
    Examine {
        /// What it is known by from now on.
        source: SourceId,
        /// Where it is.
        path: String,
    },
    /// Read something of a source that was examined. The answer is a [`DiskDone::Block`] or a [`DiskDone::Page`].
    Read {
        /// Of which.
        source: SourceId,
        /// For which transfer.
        transfer: TransferId,
        /// What.
        reading: DiskRead,
    },
    /// A source is not read any more.
    Forget(SourceId),
    /// Make room for what is fetched, or find what of it is here already. The answer is a [`DiskDone::Created`].
    Create {
        /// What it is known by from now on.
        part: PartId,
        /// What is fetched.
        stream: Box<NewPart>,
    },
    /// Keep a block, which was proven. The answer is a [`DiskDone::Written`].
    Write {
        /// Of which.
        part: PartId,
        /// It.
        proven: ProvenBlock,
    },
    /// All of it was written: give it its name. The answer is a [`DiskDone::Finished`].
    Finish(PartId),
    /// It is not wanted any more.
    Abandon {
        /// Which.
        part: PartId,
        /// What came of it stays, for another time.
        is_kept: bool,
    },
}

/// What is to be fetched, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPart {
    /// As it is called where it comes from.
    pub name: String,
    /// What the offer is called.
    pub offer: String,
    /// How it is cut.
    pub layout: Layout,
    /// Its hash.
    pub root: StreamHash,
    /// It is a folder.
    pub is_folder: bool,
    /// Where it goes.
    pub to: Destination,
}

/// Where something goes that is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// The folder, or the name; `None`: the usual folder.
    pub path: Option<String>,
    /// What is there already is replaced.
    pub is_forced: bool,
}

/// What was found where something is to be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What it is called.
    pub name: String,
    /// Where it is, from the root on.
    pub path: String,
    /// It is a folder.
    pub is_folder: bool,
    /// What proves its blocks.
    pub tree: Tree,
    /// How many files it has; 1: it is one.
    pub files: u64,
    /// What of a folder is left out: links, what is no file, and what has no name that can be told.
    pub skipped: Vec<String>,
}

/// Why something cannot be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOffered {
    /// It cannot be read, in the words of the system.
    Unreadable(String),
    /// It is neither a file nor a folder.
    NoFile,
    /// It has none: it is the root of all folders.
    NoName,
    /// Its name is no text.
    NotUtf8,
    /// It is larger than anything that can be offered.
    TooLarge,
    /// It has more files than a folder may have, or too long a list of them.
    TooManyFiles,
    /// It changed while it was read.
    Changed,
}

/// What was found where something is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// There is room for it, and these blocks are here.
    Begun(Ranges),
    /// All of it is here, under this name.
    Already(String),
}

/// Why something cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// The disk is full, or has not as much room as it takes.
    NoSpace,
    /// The list of a folder is none.
    BadFolder,
    /// In the words of the system.
    Failed(String),
}

/// What the disk has done.
#[derive(Debug, PartialEq, Eq)]
pub enum DiskDone {
    /// A source was looked at.
    Examined {
        /// Which.
        source: SourceId,
        /// What it is.
        found: Result<Box<Examined>, NotOffered>,
    },
    /// A block was read.
    Block {
        /// For which transfer.
        transfer: TransferId,
        /// Which.
        block: u64,
        /// Its bytes.
        bytes: Arc<[u8]>,
        /// Its value as it was read; `None`: it could not be.
        value: Option<Value>,
    },
    /// A page was read.
    Page {
        /// For which transfer.
        transfer: TransferId,
        /// Which.
        page: u64,
        /// The values of its blocks; `None`: they could not be read.
        values: Option<Arc<[Value]>>,
    },
    /// There is room for something, or not.
    Created {
        /// Which.
        part: PartId,
        /// What was found.
        found: Result<Created, NotKept>,
    },
    /// A block is kept, or not.
    Written {
        /// Of which.
        part: PartId,
        /// Which.
        block: u64,
        /// Why it is not.
        kept: Result<(), NotKept>,
    },
    /// All of it is there under its name, or not.
    Finished {
        /// Which.
        part: PartId,
        /// Where it is.
        path: Result<String, NotKept>,
    },
}
