//! TLS alerts in words (RFC 8446 §6, RFC 5246 §7.2).

use std::fmt;

/// Why a client ended TLS: the number it gave. Its text says what that means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Alert(pub u8);

impl Alert {
    /// The client does not know the authority that signed the broker's certificate.
    pub const UNKNOWN_AUTHORITY: Self = Self(48);
    /// The client finds the broker's certificate damaged or unsuitable, e.g. for the name it used.
    pub const BAD_CERTIFICATE: Self = Self(42);

    /// Its name in the standard, in words.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "close notify",
            10 => "unexpected message",
            20 => "bad record",
            22 => "record overflow",
            40 => "handshake failure",
            41 => "no certificate",
            42 => "bad certificate",
            43 => "unsupported certificate",
            44 => "certificate revoked",
            45 => "certificate expired",
            46 => "certificate unknown",
            47 => "illegal parameter",
            48 => "unknown certificate authority",
            49 => "access denied",
            50 => "decode error",
            51 => "decrypt error",
            70 => "protocol version",
            71 => "insufficient security",
            80 => "internal error",
            86 => "inappropriate fallback",
            90 => "user canceled",
            100 => "no renegotiation",
            109 => "missing extension",
            110 => "unsupported extension",
            112 => "unrecognised name",
            113 => "bad certificate status",
            115 => "unknown key identity",
            116 => "certificate required",
            120 => "no application protocol",
            _ => "not in the standard",
        }
    }

    const fn meaning(self) -> &'static str {
        match self.0 {
            42 => "the client finds this certificate bad, perhaps because it is for another name",
            43 => "the client cannot use this kind of certificate",
            44 => "the client says that this certificate is revoked",
            45 => "the client says that this certificate is not valid now; is its clock right?",
            46 => "the client does not accept this certificate and does not say why",
            48 => "the client does not trust this certificate",
            40 | 70 | 71 => "the client found no version or cipher it could use",
            112 => "the client does not accept this certificate for the name it used",
            0 | 90 => "the client gave up",
            _ => "the client ended TLS",
        }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (alert: {})", self.meaning(), self.name())
    }
}
