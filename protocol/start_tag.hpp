#pragma once

#include "protocol/stream_element.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace causeway::protocol {

/// Copies a checked element with other attributes in its start tag; all other
/// bytes stay as they were. An attribute in `set` replaces one of the same
/// qualified name or is inserted after the element name; with an empty value
/// it is only removed. Values are escaped here. `extra` is raw text to insert
/// there too, e.g. a namespace declaration.
std::string rewrite_start_tag(const stream_element& x,
  std::initializer_list<std::pair<std::string_view, std::string_view>> set,
  std::string_view extra = {});

/// What a server forwards for a stanza of its client: `from` set to the full
/// JID (RFC 6120 section 8.1.2.1), `xml:lang` of the stream where the stanza
/// has none (section 8.1.5), `xmlns='jabber:client'` where it had no
/// namespace. `to` replaces the addressee unless it is empty.
stream_element stamp(const stream_element& x, std::string_view from,
  std::string_view lang, std::string_view to = {});

} // namespace causeway::protocol
