#pragma once

#include <string_view>

/// Every XML namespace that Causeway reads or writes, once.
namespace causeway::protocol::ns {

inline constexpr std::string_view framing =
  "urn:ietf:params:xml:ns:xmpp-framing";
inline constexpr std::string_view streams = "http://etherx.jabber.org/streams";
inline constexpr std::string_view stream_errors =
  "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr std::string_view client = "jabber:client";
inline constexpr std::string_view stanza_errors =
  "urn:ietf:params:xml:ns:xmpp-stanzas";
inline constexpr std::string_view sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr std::string_view tls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr std::string_view compress =
  "http://jabber.org/protocol/compress";
inline constexpr std::string_view bind = "urn:ietf:params:xml:ns:xmpp-bind";
inline constexpr std::string_view session =
  "urn:ietf:params:xml:ns:xmpp-session";
inline constexpr std::string_view stream_management = "urn:xmpp:sm:3";
inline constexpr std::string_view stream_limits = "urn:xmpp:stream-limits:0";
inline constexpr std::string_view client_state = "urn:xmpp:csi:0";
inline constexpr std::string_view ping = "urn:xmpp:ping";
inline constexpr std::string_view version = "jabber:iq:version";
inline constexpr std::string_view capabilities =
  "http://jabber.org/protocol/caps";
inline constexpr std::string_view disco_info =
  "http://jabber.org/protocol/disco#info";
inline constexpr std::string_view disco_items =
  "http://jabber.org/protocol/disco#items";
// Stream features that end at the edge of a gateway.
inline constexpr std::string_view compress_feature =
  "http://jabber.org/features/compress";
inline constexpr std::string_view dialback = "urn:xmpp:features:dialback";
inline constexpr std::string_view bidi = "urn:xmpp:features:bidi";
inline constexpr std::string_view channel_binding = "urn:xmpp:sasl-cb:0";
inline constexpr std::string_view old_stream_management = "urn:xmpp:sm:2";
inline constexpr std::string_view sasl2 = "urn:xmpp:sasl:2";
inline constexpr std::string_view instant_resumption =
  "https://xmpp.org/extensions/isr/0";
inline constexpr std::string_view component = "urn:xmpp:component:0";
inline constexpr std::string_view amp = "http://jabber.org/features/amp";
inline constexpr std::string_view iq_auth =
  "http://jabber.org/features/iq-auth";
inline constexpr std::string_view iq_register =
  "http://jabber.org/features/iq-register";
inline constexpr std::string_view extensible_register = "urn:xmpp:register:0";
inline constexpr std::string_view invite = "urn:xmpp:invite";
inline constexpr std::string_view register_token = "urn:xmpp:ibr-token:0";
inline constexpr std::string_view delay = "urn:xmpp:delay";
inline constexpr std::string_view chat_states =
  "http://jabber.org/protocol/chatstates";
inline constexpr std::string_view hints = "urn:xmpp:hints";
inline constexpr std::string_view stanza_ids = "urn:xmpp:sid:0";
inline constexpr std::string_view xml = "http://www.w3.org/XML/1998/namespace";
inline constexpr std::string_view xmlns = "http://www.w3.org/2000/xmlns/";

} // namespace causeway::protocol::ns
