//! TCP, TLS, WebSocket and secure WebSocket listeners on real sockets.

mod certificates;
mod client;
mod running;
mod websocket;
