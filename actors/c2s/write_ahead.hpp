#pragma once

#include "actors/interfaces.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace causeway {

/// What a tracker holds back until the journal has written it, so that neither
/// an ack nor a stanza leaves the process that the next one would not know of.
/// All of it is in the order of its numbers. Bounded by the read credit of
/// those who sent it.
struct write_ahead {
  /// The client may come back for the session, and hears the id, once the
  /// session is written.
  struct granted {
    std::string id;
    std::uint32_t seconds = 0;
  };
  /// Size of a stanza of the client, which counts once it is written; or what
  /// came behind it, such as `<r/>`.
  struct received {
    std::uint64_t number = 0;
    std::variant<std::size_t, element_in, granted> what;
  };
  /// For the client, which gets it once it is written.
  struct outgoing {
    std::uint64_t number = 0;
    delivery_ptr stanza;
  };
  /// A client that wants to go on: it hears how much was received.
  struct arrival {
    attach_client client;
    caf::typed_response_promise<resume_verdict> answer;
  };

  std::deque<received> in;
  std::deque<outgoing> out;
  std::vector<arrival> arrivals;

  bool empty() const { return in.empty() && out.empty() && arrivals.empty(); }
};

} // namespace causeway
