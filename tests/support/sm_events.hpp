#pragma once

#include "protocol/stream_element.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// What is on its way, and what can happen, in a model of Stream Management
/// (XEP-0198).
namespace causeway::test {

enum class sm_word {
  stanza,
  enable,
  enabled,
  request,
  ack,
  resume,
  resumed,
  failed,
};

/// One element on its way.
struct sm_item {
  sm_word what;
  std::uint32_t h = 0;
  /// Numbers of one sender, from 1; 0 for a stanza that does not count.
  int stanza = 0;
};

using sm_items = std::vector<sm_item>;

/// As the server's machine reads it: what a client says beside stanzas and
/// `<resume/>`.
protocol::stream_element to_nonza(const sm_item& x);

/// What the server's machine has written; nothing if it is none of these.
std::optional<sm_item> to_item(std::string_view xml);

/// What can happen next.
enum class sm_event {
  client_sends,
  server_sends,
  client_enables,
  id_comes,
  client_requests,
  client_acks,
  server_requests,
  /// An element of a connection arrives at the server, or at the client.
  up,
  down,
  /// The next holder takes a stanza of the client.
  taken,
  client_leaves,
  client_resumes,
  /// The server notices a loss, of the client's connection or of the next
  /// holder; what was on its way is lost.
  server_loses,
  session_expires,
  /// The timer of the server's machine fires.
  time_passes,
  /// The server will not send its first unacknowledged stanza again.
  poison_found,
};

/// What has happened.
struct sm_tally {
  unsigned resumed = 0;
  /// Resumed while the server still believed in the connection before.
  unsigned taken_over = 0;
  /// `<resume/>` of a connection that was given up, behind a later one.
  unsigned overtaken = 0;
  /// Such a one that asked for what had been acknowledged since.
  unsigned refused = 0;
  unsigned expired = 0;
  /// Stanzas that were taken out of the queue.
  unsigned unsendable = 0;
  /// A client that came after the end.
  unsigned too_late = 0;
  /// Counters that rolled over.
  unsigned wrapped = 0;
};

struct sm_step {
  sm_event what;
  std::size_t link = 0;
};

/// Where counters begin, and whether a stanza is with its next holder at once
/// (a domain of our own) or on its way for a while (an upstream server).
struct sm_start {
  std::uint32_t received = 0;
  std::uint32_t sent = 0;
  bool local = false;
};

} // namespace causeway::test
