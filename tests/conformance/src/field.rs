//! What packets consist of, by the names cases use.

/// One field of a packet: a property of MQTT 5.0 or a part of the packet itself.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// Identifier, when it is a property.
    pub(crate) property: Option<u8>,
}

/// How the value of a field is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Byte,
    TwoBytes,
    FourBytes,
    VariableInteger,
    Text,
    Binary,
    TextPair,
}

/// The value of a field.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Number(u32),
    Bytes(Vec<u8>),
    Pair(Vec<u8>, Vec<u8>),
}

impl Form {
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Byte | Self::TwoBytes | Self::FourBytes | Self::VariableInteger)
    }
}

/// The field with this name.
pub(crate) fn named(name: &str) -> Option<&'static Field> {
    FIELDS.iter().copied().find(|field| field.name == name)
}

/// The property with this identifier.
pub(crate) fn property(id: u32) -> Option<&'static Field> {
    FIELDS.iter().copied().find(|field| field.property.map(u32::from) == Some(id))
}

macro_rules! fields {
    ($($constant:ident $name:literal $form:ident $property:expr;)*) => {
        $(pub(crate) const $constant: &Field =
            &Field { name: $name, form: Form::$form, property: $property };)*
        const FIELDS: &[&Field] = &[$($constant),*];
    };
}

fields! {
    ID "id" TwoBytes None;
    CODE "code" Byte None;
    TOPIC "topic" Text None;
    PAYLOAD "payload" Binary None;
    QOS "qos" Byte None;
    RETAIN "retain" Byte None;
    DUP "dup" Byte None;
    SESSION_PRESENT "sp" Byte None;
    FILTER "filter" Text None;
    NO_LOCAL "nl" Byte None;
    RETAIN_AS_PUBLISHED "rap" Byte None;
    RETAIN_HANDLING "rh" Byte None;
    OPTIONS "options" Byte None;
    CLIENT "client" Text None;
    CLEAN "clean" Byte None;
    KEEP_ALIVE "keepalive" TwoBytes None;
    NAME "name" Text None;
    LEVEL "level" Byte None;
    FLAGS "flags" Byte None;
    USER "user" Text None;
    PASSWORD "password" Binary None;
    WILL "will" Text None;
    WILL_PAYLOAD "will-payload" Binary None;
    WILL_QOS "will-qos" Byte None;
    WILL_RETAIN "will-retain" Byte None;
    // Appended to the properties as it is.
    RAW_PROPERTY "property" Binary None;
    PAYLOAD_FORMAT "payload-format" Byte Some(0x01);
    MESSAGE_EXPIRY "message-expiry" FourBytes Some(0x02);
    CONTENT_TYPE "content-type" Text Some(0x03);
    RESPONSE_TOPIC "response-topic" Text Some(0x08);
    CORRELATION "correlation" Binary Some(0x09);
    SUBSCRIPTION_ID "subscription-id" VariableInteger Some(0x0B);
    EXPIRY "expiry" FourBytes Some(0x11);
    ASSIGNED "assigned-id" Text Some(0x12);
    SERVER_KEEP_ALIVE "server-keepalive" TwoBytes Some(0x13);
    AUTH_METHOD "auth-method" Text Some(0x15);
    AUTH_DATA "auth-data" Binary Some(0x16);
    REQUEST_PROBLEM "request-problem" Byte Some(0x17);
    DELAY "delay" FourBytes Some(0x18);
    REQUEST_RESPONSE "request-response" Byte Some(0x19);
    RESPONSE_INFORMATION "response-information" Text Some(0x1A);
    SERVER_REFERENCE "server-reference" Text Some(0x1C);
    REASON "reason" Text Some(0x1F);
    RECEIVE_MAX "receive-max" TwoBytes Some(0x21);
    ALIAS_MAX "alias-max" TwoBytes Some(0x22);
    ALIAS "alias" TwoBytes Some(0x23);
    MAX_QOS "max-qos" Byte Some(0x24);
    RETAIN_AVAILABLE "retain-available" Byte Some(0x25);
    USER_PROPERTY "user-property" TextPair Some(0x26);
    MAX_PACKET "max-packet" FourBytes Some(0x27);
    WILDCARD_AVAILABLE "wildcard-available" Byte Some(0x28);
    SUBSCRIPTION_ID_AVAILABLE "subscription-id-available" Byte Some(0x29);
    SHARED_AVAILABLE "shared-available" Byte Some(0x2A);
}
