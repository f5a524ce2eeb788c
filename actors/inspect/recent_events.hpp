#pragma once

#include "actors/inspect/log_record.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace causeway {

/// Which events somebody wants to see.
struct log_filter {
  log_level least = log_level::trace;
  /// Nothing: all.
  std::optional<log_component> component;
  /// A field that the event must have, and its value; empty key: any event.
  std::string key;
  std::string value;
  /// Without what people write: events `wire`.
  bool without_wire = false;

  bool wants(const log_record& x) const;
};

/// The last events, as many as have room. All members may be called from any
/// thread.
class recent_events {
 public:
  /// What a look found.
  struct page {
    /// In the order of their numbers.
    std::vector<log_record_ptr> records;
    /// Look after this one next time.
    std::uint64_t last = 0;
    /// Events after the wanted number that had already made way for others.
    std::uint64_t missed = 0;
  };

  explicit recent_events(std::size_t capacity) : capacity_{capacity} {}

  /// Takes an event, and gives it the next number.
  log_record_ptr add(log_record x);

  /// Forgets the oldest if there are more than this now.
  void resize(std::size_t capacity);

  /// The newest `limit` events that fit.
  page newest(std::size_t limit, const log_filter& filter) const;

  /// The first `limit` events that fit behind `number`, so that looks in a row
  /// leave out nothing. A number that is still to come is of an earlier
  /// process: then all that are there count as new.
  page after(
    std::uint64_t number, std::size_t limit, const log_filter& filter) const;

 private:
  std::vector<log_record_ptr> copy() const;

  mutable std::mutex mutex_;
  std::deque<log_record_ptr> records_;
  std::size_t capacity_;
  std::uint64_t last_ = 0;
};

} // namespace causeway
