#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace causeway {

/// Whether a server hears what it is sent on a stream that has resumed a
/// session. COMPAT(Prosody): what comes after a resumption goes to the parser
/// of the connection before; where that has half a stanza, all of it is taken
/// for a part of that stanza, also after the next resumption.
class resumption_watch {
 public:
  /// How long an ack may take.
  static constexpr std::chrono::seconds patience{30};

  enum class verdict : std::uint8_t {
    hears,
    /// Nobody has asked for an ack, perhaps: ask, and call `due` once more.
    ask,
    deaf,
  };

  /// `<resumed/>` came: call `due` after `patience`.
  void resumed() { state_ = state::unheard; }

  /// The server has acknowledged; returns whether that was in question.
  bool heard() { return std::exchange(state_, state::idle) != state::idle; }

  /// `patience` is over, and nothing was read towards its end, where an ack may
  /// be: the time begins anew. Returns whether there is a question.
  bool begin_anew() {
    if (state_ == state::asked)
      state_ = state::unheard;
    return state_ != state::idle;
  }

  /// `patience` is over.
  verdict due() {
    switch (state_) {
    case state::idle: break;
    case state::unheard: state_ = state::asked; return verdict::ask;
    case state::asked: return verdict::deaf;
    }
    return verdict::hears;
  }

 private:
  enum class state : std::uint8_t { idle, unheard, asked };

  state state_ = state::idle;
};

} // namespace causeway
