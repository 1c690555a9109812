//! chinwag: chat with the people on the network you are on. No server, no account, no internet.
//!
//! One program, one thread, one `mio` event loop: it polls standard input and a bound UDP socket, sends each typed line
//! and shows each datagram. `ARCHITECTURE.md` tells how the three trees belong together:
//!
//! - [`chat`] decides. It is pure: inputs, time and bytes go in, outputs come out.
//! - [`view`] turns events into text. It is pure too.
//! - [`shell`] does all the I/O and decides nothing of the chat.

pub mod chat;
pub mod shell;
pub mod view;
