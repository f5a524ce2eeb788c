#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/upstream/endpoint_health.hpp"
#include "actors/upstream/upstream_environment.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace causeway {

/// One entry of `upstream` in the configuration, ready for use.
struct upstream_entry {
  config::upstream settings;
  client_tls_ptr tls;
};

/// What an upstream actor is made of; immutable.
struct upstream_parts {
  upstream_environment_ptr environment;
  std::vector<upstream_entry> entries;
  std::shared_ptr<resolver> names;
  /// A number in [0, n), for weights.
  std::function<std::uint32_t(std::uint32_t n)> draw;
};

struct upstream_state {
  static inline const char* name = "upstream";
  explicit upstream_state(upstream_actor::pointer self) : self{self} {}

  using clock = endpoint_health::clock;
  using promise = caf::typed_response_promise<endpoint_answer>;

  caf::result<endpoint_answer> find_endpoints();
  void take_records(const srv_found& x);
  void probe();
  void note(const endpoint_outcome& x);
  void warn(const upstream_warnings& x);
  actor_snapshot snapshot() const;
  endpoint_health& health_of(const std::string& endpoint);

  upstream_actor::pointer self;
  std::shared_ptr<const upstream_parts> parts;
  /// What SRV records gave, by entry.
  struct records {
    std::vector<srv_record> direct;
    std::vector<srv_record> starttls;
    std::string error;
    clock::time_point expires{};
    bool known = false;
    bool asked = false;
  };
  std::vector<records> found;
  std::map<std::string, endpoint_health> health;
  /// Streams that wait for records; each has the deadline of its link.
  std::vector<promise> waiting;
  std::set<std::string> warned;
  bool probe_waits = false;
  vitals life;

 private:
  /// Returns true if answers are on their way.
  bool ask_for_records();
  void ask_for_records_of(std::size_t entry);
  bool is_waiting() const;
  endpoint_answer answer();
  std::vector<upstream_target> targets_of(
    std::size_t entry, std::string& error) const;
};

/// The servers of one gateway domain: resolves SRV records, orders endpoints
/// by weight, and leaves those alone that fail. At its start it looks at the
/// features of each and says what an operator should change.
upstream_actor::behavior_type upstream(
  upstream_actor::stateful_pointer<upstream_state> self,
  std::shared_ptr<const upstream_parts> parts);

} // namespace causeway
