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
/// an ack nor a stanza leaves it that the next process would not know of. All
/// of it is in the order of its numbers. Bounded by the read credit of those
/// who sent it.
struct write_ahead {
  /// Of the client: goes to the link, and counts.
  struct stanza {
    delivery_ptr taken;
    std::size_t bytes = 0;
  };
  /// The client may come back for the session, and hears the id.
  struct granted {
    std::string id;
    std::uint32_t seconds = 0;
  };
  /// From the client, in its order; `<r/>` and its like wait for the stanzas
  /// before them.
  struct received {
    std::uint64_t number = 0;
    std::variant<stanza, granted, element_in> what;
  };
  /// For the client.
  struct outgoing {
    std::uint64_t number = 0;
    delivery_ptr stanza;
    /// The offline store paces those that it has kept.
    bool is_stored = false;
  };
  /// A client that wants to go on: it hears how much was received.
  struct arrival {
    attach_client client;
    caf::typed_response_promise<resume_verdict> answer;
  };

  std::deque<received> in;
  /// Stanzas among them.
  std::uint32_t uncounted = 0;
  std::deque<outgoing> out;
  std::vector<arrival> arrivals;

  bool empty() const { return in.empty() && out.empty() && arrivals.empty(); }
};

} // namespace causeway
