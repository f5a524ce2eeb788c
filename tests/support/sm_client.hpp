#pragma once

#include "tests/support/sm_events.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace causeway::test {

/// The client of a model of Stream Management (XEP-0198), by the book: it
/// keeps every rule, and its counters have 64 bits and never wrap.
struct sm_client {
  enum class phase { fresh, enabling, online, lost, resuming, over };

  /// `sent` and `received`: where the counters begin.
  sm_client(std::uint64_t sent, std::uint64_t received)
    : acked{sent}, received{received} {}

  /// It has no session, and no id to get one back.
  bool is_over() const { return now == phase::over; }
  /// It may send, rather than keep what it has to say.
  bool is_talking() const { return now <= phase::online; }

  /// Another stanza; returns what to send.
  sm_items create() {
    if (now == phase::fresh)
      return {{sm_word::stanza}};
    unacked.push_back(++created);
    return is_talking() ? sm_items{{sm_word::stanza, 0, created}} : sm_items{};
  }

  sm_item ack() const {
    return {sm_word::ack, static_cast<std::uint32_t>(received)};
  }

  /// The connection is of no use any more.
  void leave() {
    link = 0;
    now =
      now >= phase::online && now != phase::over ? phase::lost : phase::over;
  }

  sm_item resume_by(std::size_t other) {
    link = other;
    now = phase::resuming;
    return {sm_word::resume, static_cast<std::uint32_t>(received)};
  }

  /// Returns what to send in reply.
  sm_items receive(const sm_item& x) {
    switch (x.what) {
    case sm_word::stanza: take(x.stanza); return {};
    case sm_word::request: return {ack()};
    case sm_word::ack: forget(x.h); return {};
    case sm_word::enabled: now = phase::online; return {};
    case sm_word::resumed: return go_on(x.h);
    case sm_word::failed:
      forget(x.h);
      now = phase::over;
      refused = true;
      return {};
    default: fault = "the server sent what only clients send"; return {};
    }
  }

  void take(int stanza) {
    if (stanza == 0)
      return;
    if (stanza != next())
      fault = "the client got stanza " + std::to_string(stanza) + " behind "
              + std::to_string(delivered);
    delivered = stanza;
    ++received;
  }

  /// The stanza of the server that has to come now.
  int next() const {
    auto x = delivered + 1;
    while (std::ranges::find(unsendable, x) != unsendable.end())
      ++x;
    return x;
  }

  void forget(std::uint32_t h) {
    // The one value of 64 bits that `h` can mean.
    auto step = h - static_cast<std::uint32_t>(acked);
    if (step > unacked.size()) {
      fault = "h covers what the client never sent, or goes back";
      return;
    }
    unacked.erase(unacked.begin(), unacked.begin() + step);
    acked += step;
  }

  sm_items go_on(std::uint32_t h) {
    now = phase::online;
    forget(h);
    sm_items again;
    for (auto x : unacked)
      again.push_back({sm_word::stanza, 0, x});
    return again;
  }

  /// The last stanza that the client relies on the server for.
  int forgotten() const { return created - static_cast<int>(unacked.size()); }

  phase now = phase::fresh;
  /// The connection in use; 0: none.
  std::size_t link = 1;
  std::uint64_t acked;
  std::uint64_t received;
  /// Last stanza of its own, and last one of the server.
  int created = 0;
  int delivered = 0;
  std::vector<int> unacked;
  /// Stanzas that the server has taken out of its queue.
  std::vector<int> unsendable;
  bool refused = false;
  /// What the server did wrong; empty if nothing.
  std::string fault;
};

} // namespace causeway::test
