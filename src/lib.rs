//! chinwag: chat with the people on the network you are on. No server, no account, no internet.
