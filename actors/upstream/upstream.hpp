#pragma once

#include "actors/inspect/vitals.hpp"
#include "actors/upstream/endpoint_health.hpp"
#include "actors/upstream/srv_records.hpp"
#include "actors/upstream/upstream_environment.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
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
};

struct upstream_state {
  static inline const char* name = "upstream";
  explicit upstream_state(upstream_actor::pointer self) : self{self} {}

  using clock = endpoint_health::clock;
  using promise = caf::typed_response_promise<endpoint_answer>;

  caf::result<endpoint_answer> find_endpoints(const endpoint_query& x);
  void take_records(const srv_found& x);
  void look();
  void note(const endpoint_outcome& x);
  void change(const upstream_changed& x);
  /// Makes room for what is known of the present entries.
  void begin_entries();
  void warn(const upstream_warnings& x);
  actor_snapshot snapshot() const;
  endpoint_health& health_of(const std::string& endpoint);

  upstream_actor::pointer self;
  std::shared_ptr<const upstream_parts> parts;
  /// What SRV records gave, by entry.
  struct records {
    srv_records direct;
    srv_records starttls;
  };
  std::vector<records> found;
  /// Answers to what was asked for earlier entries are too late.
  std::uint64_t round = 0;
  std::map<std::string, endpoint_health> health;
  /// Streams that wait for records, and until when; those who came first come
  /// first.
  struct waiter {
    promise answer;
    std::string key;
    clock::time_point until;
  };
  std::vector<waiter> waiting;
  std::set<std::string> warned;
  /// The look at the endpoints waits for records.
  bool look_waits = false;
  /// When the next look is due, if any: at first as soon as the node says so.
  std::optional<clock::time_point> next_look = clock::time_point{};
  vitals life;

 private:
  clock::time_point now() const { return self->clock().now(); }
  /// Of no name in particular: nothing to look at by ourselves.
  bool is_pattern() const;

  // DNS: upstream_records.cpp.
  void ask_for_records();
  void ask(std::size_t entry, bool direct);
  /// An answer is on its way for which nothing is known yet.
  bool is_unknown() const;
  bool is_new() const;
  void answer_waiting();
  void refuse_overdue();
  void forget_unlisted();

  // Endpoints.
  endpoint_answer answer(const std::string& key);
  std::vector<upstream_target> targets_of(
    std::size_t entry, const std::string& key, std::string& error) const;
  /// In the order in which a stream with this key tries them.
  std::vector<upstream_target> all_targets(
    const std::string& key, std::string& error) const;
  void probe(const upstream_target& target, bool again);
  void plan_look();
};

/// The servers of one gateway domain: resolves SRV records, chooses among
/// endpoints by weight, for each client the same, and leaves those alone that
/// fail. At its start it looks at the
/// features of each and says what an operator should change; later it looks
/// whether those that are down are back.
upstream_actor::behavior_type upstream(
  upstream_actor::stateful_pointer<upstream_state> self,
  std::shared_ptr<const upstream_parts> parts);

} // namespace causeway
