#pragma once

#include "actors/transport/resolver.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace causeway {

/// What DNS has said of one service of one name; a value. Records are kept for
/// their lifetime, and go on being used while DNS does not answer. That they
/// are gone counts only once it has been said for a while.
class srv_records {
 public:
  using clock = std::chrono::steady_clock;

  /// How long an answer is kept, whatever it says of itself; the first also
  /// where there are no records.
  static constexpr std::chrono::seconds shortest_life{5};
  static constexpr std::chrono::seconds longest_life{3600};

  /// When DNS is asked again that did not answer.
  static constexpr std::chrono::seconds retry_after{5};

  /// For how long records must have been absent before they are forgotten.
  static constexpr std::chrono::seconds doubt{30};

  /// It is time to ask.
  bool is_due(clock::time_point now) const {
    return !asked_ && now >= expires_;
  }

  void ask() { asked_ = true; }

  /// The answer to what was asked.
  void take(const resolver::srv_answer& x, clock::time_point now);

  bool is_asked() const { return asked_; }

  /// Asked for the first time, and not answered at all.
  bool is_new() const { return asked_ && !known_ && error_.empty(); }

  /// DNS has said, once at least, what there is or that there is nothing.
  bool is_known() const { return known_; }

  const std::vector<srv_record>& list() const { return list_; }

  /// Why the last question has no answer.
  const std::string& error() const { return error_; }

 private:
  std::vector<srv_record> list_;
  std::string error_;
  clock::time_point expires_{};
  /// Since when DNS says that what is in `list_` does not exist.
  std::optional<clock::time_point> absent_since_;
  bool known_ = false;
  bool asked_ = false;
};

} // namespace causeway
