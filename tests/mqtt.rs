//! The client of MQTT, held against a library of somebody else that speaks for the broker. What a broker that means harm may send
//! is in `fuzz`.

use std::time::Duration;

use chinwag::chat::base::limits::OUTGOING_BYTES_MAX;
use chinwag::chat::base::time::Moment;
use chinwag::chat::mqtt::client::{BrokerEvent, BrokerFault, MqttClient};
use chinwag::chat::mqtt::packet::{ConnectRefusal, Login};
use mqtt_protocol_core::mqtt;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{Connection, Event, role};
use mqtt_protocol_core::mqtt::packet::{GenericPacket, v3_1_1};
use mqtt_protocol_core::mqtt::prelude::*;
use mqtt_protocol_core::mqtt::result_code::{ConnectReturnCode, SubackReturnCode};

const NOW: Moment = Moment::START;

/// A broker in this process: the library reads what we send, and writes what it answers.
struct Broker(Connection<role::Server>);

impl Broker {
    fn new() -> Self {
        let mut connection = Connection::new(mqtt::Version::V3_1_1);
        connection.set_auto_pub_response(false);
        Self(connection)
    }

    /// Takes what the client has to send, in pieces of so many bytes.
    fn takes(&mut self, client: &mut MqttClient, each: usize) -> Vec<GenericPacket<u16>> {
        let mut packets = Vec::new();
        while !client.outgoing().is_empty() {
            let piece = client.outgoing().iter().copied().take(each).collect::<Vec<u8>>();
            client.sent(piece.len(), NOW);
            let mut cursor = Cursor::new(&piece[..]);
            while cursor.position() < piece.len() as u64 {
                for event in self.0.recv(&mut cursor) {
                    match event {
                        Event::NotifyPacketReceived(packet) => packets.push(packet),
                        Event::NotifyError(error) => panic!("the broker does not take it: {error:?}"),
                        _ => {}
                    }
                }
            }
        }
        packets
    }

    fn says(&mut self, packet: impl Into<GenericPacket<u16>>) -> Vec<u8> {
        let events = self.0.send(packet.into());
        let sent = events.into_iter().find_map(|event| match event {
            Event::RequestSendPacket { packet, .. } => Some(packet.to_continuous_buffer()),
            Event::NotifyError(error) => panic!("the broker may not say it: {error:?}"),
            _ => None,
        });
        sent.expect("it is sent")
    }

    fn welcomes(&mut self) -> Vec<u8> {
        let packet = v3_1_1::Connack::builder().session_present(false).return_code(ConnectReturnCode::Accepted);
        self.says(packet.build().expect("a welcome"))
    }
}

fn login(user: Option<(&str, &str)>) -> Login {
    let user = user.map(|(user, password)| (user.to_owned(), password.to_owned().into()));
    Login::new("abcdefghijkmnpqrstuvwx".to_owned(), user).expect("it is short")
}

fn connected() -> (MqttClient, Broker) {
    let (mut client, mut broker) = (MqttClient::new(), Broker::new());
    client.opened(&login(None), NOW);
    broker.takes(&mut client, 1000);
    client.receive(&broker.welcomes(), NOW);
    assert_eq!(client.poll(), Some(BrokerEvent::Up));
    (client, broker)
}

#[test]
fn a_broker_reads_who_connects_with_and_without_a_password() {
    for user in [None, Some(("ann", "pässword")), Some(("", ""))] {
        for each in [1, 1000] {
            let (mut client, mut broker) = (MqttClient::new(), Broker::new());
            client.opened(&login(user), NOW);
            let packets = broker.takes(&mut client, each);
            let [GenericPacket::V3_1_1Connect(connect)] = &packets[..] else { panic!("{packets:?}") };
            assert_eq!((connect.client_id(), connect.clean_session()), ("abcdefghijkmnpqrstuvwx", true));
            assert_eq!((connect.keep_alive(), connect.will_topic()), (30, None));
            assert_eq!(connect.user_name(), user.map(|(user, _)| user));
            assert_eq!(connect.password(), user.map(|(_, password)| password.as_bytes()));
        }
    }
}

#[test]
fn what_is_subscribed_published_and_asked_is_read_as_it_was_meant() {
    let (mut client, mut broker) = connected();
    let filters = ["chinwag/1/00", "chinwag/1/i/ff"].map(str::to_owned);
    assert!(client.subscribe(&filters, NOW) && client.publish("chinwag/1/00", &[0xff, 0x43, 3]));
    assert!(client.publish("chinwag/1/00", &[7; 1200]) && client.unsubscribe(&filters[..1]));
    assert_eq!(client.tick(NOW.after(Duration::from_secs(30))), None);
    client.leave(NOW);
    let packets = broker.takes(&mut client, 7);
    let GenericPacket::V3_1_1Subscribe(subscribe) = &packets[0] else { panic!("{packets:?}") };
    let entries = subscribe.entries().iter().map(|entry| (entry.topic_filter().to_owned(), entry.sub_opts().qos()));
    assert!(entries.eq(filters.iter().cloned().map(|filter| (filter, mqtt::packet::Qos::AtMostOnce))));
    let published = |packet: &GenericPacket<u16>| {
        let GenericPacket::V3_1_1Publish(publish) = packet else { panic!("{packet:?}") };
        assert_eq!((publish.qos(), publish.retain(), publish.dup()), (mqtt::packet::Qos::AtMostOnce, false, false));
        (publish.topic_name().to_owned(), publish.payload().as_slice().to_vec())
    };
    assert_eq!(published(&packets[1]), ("chinwag/1/00".to_owned(), vec![0xff, 0x43, 3]));
    assert_eq!(published(&packets[2]), ("chinwag/1/00".to_owned(), vec![7; 1200]));
    let GenericPacket::V3_1_1Unsubscribe(unsubscribe) = &packets[3] else { panic!("{packets:?}") };
    assert_eq!(unsubscribe.entries().len(), 1);
    assert!(matches!(packets[4], GenericPacket::V3_1_1Pingreq(_)));
    assert!(matches!(packets[5], GenericPacket::V3_1_1Disconnect(_)) && packets.len() == 6);
}

#[test]
fn what_a_broker_answers_and_passes_on_is_read_as_it_was_meant() {
    let (mut client, mut broker) = connected();
    assert!(client.subscribe(&["a".to_owned(), "b".to_owned()], NOW));
    let packets = broker.takes(&mut client, 1000);
    let GenericPacket::V3_1_1Subscribe(subscribe) = &packets[0] else { panic!("{packets:?}") };
    let codes = vec![SubackReturnCode::SuccessMaximumQos0, SubackReturnCode::Failure];
    let suback = v3_1_1::Suback::builder().packet_id(subscribe.packet_id()).return_codes(codes).build();
    let mut bytes = broker.says(suback.expect("an answer"));
    for retain in [false, true] {
        let publish =
            v3_1_1::Publish::builder().topic_name("a").expect("a topic").payload(vec![1, 2, 3]).retain(retain);
        bytes.extend(broker.says(publish.build().expect("a message")));
    }
    bytes.extend(broker.says(v3_1_1::Pingresp::new()));
    for each in [1, 5, 1000] {
        let mut client = connected().0;
        assert!(client.subscribe(&["a".to_owned(), "b".to_owned()], NOW));
        let mut came = Vec::new();
        for piece in bytes.chunks(each) {
            client.receive(piece, NOW);
            while let Some(event) = client.poll() {
                came.push(match event {
                    BrokerEvent::Granted(filter) => (filter, vec![1]),
                    BrokerEvent::Denied(filter) => (filter, vec![0]),
                    BrokerEvent::Message { topic, payload } => (topic.to_owned(), payload.to_vec()),
                    other => panic!("{other:?}"),
                });
            }
        }
        let message = || ("a".to_owned(), vec![1, 2, 3]);
        // What somebody left there is not of now.
        assert_eq!(came, [("a".to_owned(), vec![1]), ("b".to_owned(), vec![0]), message()]);
    }
}

#[test]
fn a_broker_that_does_not_want_us_says_why() {
    for (code, why) in [
        (ConnectReturnCode::UnacceptableProtocolVersion, ConnectRefusal::Version),
        (ConnectReturnCode::IdentifierRejected, ConnectRefusal::ClientId),
        (ConnectReturnCode::ServerUnavailable, ConnectRefusal::Unavailable),
        (ConnectReturnCode::BadUserNameOrPassword, ConnectRefusal::Login),
        (ConnectReturnCode::NotAuthorized, ConnectRefusal::NotAuthorized),
    ] {
        let (mut client, mut broker) = (MqttClient::new(), Broker::new());
        client.opened(&login(None), NOW);
        broker.takes(&mut client, 1000);
        let connack = v3_1_1::Connack::builder().session_present(false).return_code(code).build();
        client.receive(&broker.says(connack.expect("an answer")), NOW);
        assert_eq!(client.poll(), Some(BrokerEvent::Down(BrokerFault::Refused(why))));
        assert_eq!(client.poll(), None);
    }
}

/// A broker that takes nothing costs so much memory and no more, however much is said.
#[test]
fn what_a_frozen_broker_does_not_take_is_bounded() {
    let (mut client, _) = connected();
    let taken = (0..10_000).filter(|_| client.publish("chinwag/1/00", &[7; 1200])).count();
    assert!(taken < 300 && client.outgoing().len() <= OUTGOING_BYTES_MAX, "{taken}");
}
