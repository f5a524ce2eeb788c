#pragma once

#include <cstdint>

namespace causeway::protocol {

/// Tells a stanza that ends each connection which gets it from one that bad
/// luck has met: it was the first one not acknowledged on three resumed
/// connections in a row, was written there each time, the client broke each of
/// them, and acknowledged nothing. Sending it again would go on for ever.
class poison_watch {
 public:
  /// The client is back, and gets what is not acknowledged again.
  void resumed() { is_watching_ = true; }

  /// It has acknowledged something, or there was nothing to acknowledge.
  void progressed() {
    is_watching_ = false;
    tries_ = 0;
  }

  /// The connection is gone; `was_written`: with the first of those stanzas,
  /// and by the client's doing. A network that fails proves nothing.
  void lost(bool was_written) {
    if (is_watching_ && was_written)
      ++tries_;
    is_watching_ = false;
  }

  /// Whether the first stanza must not be sent again.
  bool is_poison() const { return tries_ >= most_tries; }

 private:
  static constexpr std::uint8_t most_tries = 3;

  bool is_watching_ = false;
  std::uint8_t tries_ = 0;
};

} // namespace causeway::protocol
