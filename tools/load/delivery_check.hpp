#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

namespace causeway::load {

/// What became of the messages of one or more directions.
struct delivery_counts {
  std::uint64_t sent = 0;
  /// Arrived, each counted once.
  std::uint64_t delivered = 0;
  /// Came back to the sender as an error.
  std::uint64_t returned = 0;
  /// Arrived again.
  std::uint64_t doubled = 0;
  /// Arrived after a later one.
  std::uint64_t misordered = 0;
  /// Arrived, and came back as an error as well.
  std::uint64_t contradicted = 0;

  std::uint64_t lost() const { return sent - delivered - returned; }
  delivery_counts& operator+=(const delivery_counts& x);
};

/// Checks one direction between two clients: numbers 0, 1, 2 and so on leave
/// at one end, and must arrive at the other once each and in order.
class delivery_check {
 public:
  /// The number of the message that is sent now.
  std::uint64_t send() { return counts_.sent++; }
  /// False if no such message was sent.
  bool arrive(std::uint64_t number);
  /// An error reply for the message came back; false as above.
  bool come_back(std::uint64_t number);

  const delivery_counts& counts() const { return counts_; }
  std::uint64_t in_flight() const { return counts_.lost(); }

  /// Most numbers that are remembered as missing or returned. Beyond it the
  /// oldest count as lost for good.
  static constexpr std::size_t max_remembered = 10'000;

 private:
  void remember_gap(std::uint64_t end);

  delivery_counts counts_;
  // The lowest number that is higher than all that arrived.
  std::uint64_t next_ = 0;
  // Below `next_`, and neither arrived nor returned.
  std::set<std::uint64_t> missing_;
  // From `next_` on.
  std::set<std::uint64_t> returned_;
};

} // namespace causeway::load
