#pragma once

#include "actors/transport/upstream_connect.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace causeway {

/// Why a redirection leads nowhere, for operators.
struct not_followed {
  std::string reason;
};

/// Which endpoints one stream may still try, and for how long; a value.
class endpoint_search {
 public:
  using clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  endpoint_search() = default;
  /// `budget` is for all endpoints together.
  endpoint_search(clock::time_point now, milliseconds budget)
    : deadline_{now + budget}, budget_{budget} {}

  void offer(std::vector<upstream_target> x) { left_ = std::move(x); }

  /// Those that have not been tried, in their order.
  const std::vector<upstream_target>& left() const { return left_; }

  void tried(const std::string& endpoint);

  bool is_over(clock::time_point now) const { return now >= deadline_; }

  /// What is left of the budget; at least 1 ms.
  milliseconds rest(clock::time_point now) const;

  /// How much of the rest an endpoint may take that is not `left` any more: as
  /// much as each of those that are, and a second at least.
  milliseconds share(clock::time_point now) const;

  /// Whether an endpoint that had so much time, and did not use it, is to
  /// blame.
  bool is_fair(milliseconds given) const;

  /// Where `<see-other-host/>` of `from` leads, or why that is not followed.
  protocol::result<upstream_target, not_followed> follow(
    const upstream_target& from, const std::string& see_other_host);

  /// RFC 6120 section 4.9.3.19 asks for a bound.
  static constexpr std::uint32_t max_hops = 3;

  static constexpr milliseconds fair_share{1'000};

 private:
  std::vector<upstream_target> left_;
  clock::time_point deadline_{};
  milliseconds budget_{0};
  std::uint32_t hops_ = 0;
};

} // namespace causeway
