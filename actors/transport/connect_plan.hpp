#pragma once

#include "actors/transport/upstream_connect.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace causeway {

/// One address of a target to connect to.
struct connect_step {
  std::size_t target = 0;
  std::string address;

  bool operator==(const connect_step&) const = default;
};

/// Which address comes next in a connect, and what became of each target
/// (RFC 8305 sections 3 to 5). No I/O and no clock. Targets keep their order;
/// the addresses of one alternate between the families.
class connect_plan {
 public:
  explicit connect_plan(std::vector<upstream_target> targets);

  const upstream_target& target(std::size_t i) const {
    return targets_[i].target;
  }

  /// The next address; from here on it is under way until one of `failed`,
  /// `postpone`, `tls_failed` or `time_out`.
  std::optional<connect_step> next_address();

  /// The next target whose name is to be resolved, if no address is left; from
  /// here on none other until `resolved` or `unresolved`.
  std::optional<std::size_t> next_name();

  void resolved(const std::vector<std::string>& addresses);
  void unresolved(const std::string& why);

  /// The target whose name is being resolved.
  std::optional<std::size_t> resolving() const { return resolving_; }

  /// The address did not answer, or refused.
  void failed(const connect_step& x, const std::string& why);

  /// Another address was faster; it comes next, should that fail.
  void postpone(const connect_step& x);

  /// TCP went well, but TLS did not: the target is given up. `counts`: it is
  /// to blame.
  void tls_failed(std::size_t i, const std::string& why, bool counts);

  /// The address has had time enough to answer.
  void overdue(const connect_step& x) { targets_[x.target].counts = true; }

  /// Ends whatever is under way.
  void time_out(const std::string& why);

  /// Nothing is left to try; something may be under way.
  bool exhausted() const;

  /// An address is left to try, without a further name.
  bool has_address() const { return !addresses_.empty(); }

  /// Targets that are not given up: waiting, being resolved or under way.
  std::size_t open_targets() const;

  /// Targets that were tried in vain, in their order.
  std::vector<connect_failure> failures() const;

 private:
  struct state {
    upstream_target target;
    std::string detail;
    bool tls = false;
    bool counts = false;
    std::size_t waiting = 0;
    std::size_t under_way = 0;
  };

  static void note(state& x, const std::string& why);

  std::vector<state> targets_;
  std::size_t next_target_ = 0;
  std::optional<std::size_t> resolving_;
  std::deque<connect_step> addresses_;
};

} // namespace causeway
