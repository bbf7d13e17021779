//! TCP, TLS, WebSocket and secure WebSocket listeners on real sockets.

mod certificates;
mod client;
mod hostile;
mod running;
mod websocket;
