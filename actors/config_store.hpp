#pragma once

#include "actors/active_config.hpp"
#include "actors/config_files.hpp"
#include "actors/config_history.hpp"
#include "actors/inspect/vitals.hpp"
#include "actors/interfaces.hpp"
#include "actors/service_notifier.hpp"
#include "protocol/result.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway {

/// What a configuration was made of.
struct config_text {
  std::string text;
  file_stamps files;
};

/// What a config store works with. Outlives it: the next one goes on with the
/// last good configuration.
struct config_store_parts {
  /// Empty: the defaults are in force, and there is nothing to reload.
  std::string file;
  std::shared_ptr<config_cell> active;
  config_history history;
  /// Of the configuration in force.
  config_text now;
  /// What the file was like when it was last looked at, and all files that
  /// this, a refused text, or the configuration in force names.
  config_text seen;

  /// Does what can fail, before anything is in force: `prepare`.
  std::function<protocol::result<std::shared_ptr<const prepared_config>,
    std::vector<config::config_error>>(
    std::shared_ptr<const config::configuration>)>
    prepare;
  /// The same without doing anything that lasts: `check_files`.
  std::function<std::vector<config::config_error>(const config::configuration&)>
    check_files;
  /// Has `changed` called when files may have changed; returns how to name
  /// these, or null where that is not to be had. May be null.
  std::function<std::function<void(std::vector<std::string>)>(
    std::function<void()> changed)>
    watch;
  /// Told when a reload begins and ends.
  std::shared_ptr<service_notifier> service =
    std::make_shared<service_notifier>();
  /// The text of `seen` was refused. A file that it names may cure it.
  bool is_seen_refused = false;
  /// Why the file could not be read the last time; empty if it could.
  std::vector<config::config_error> unreadable = {};
};

struct config_store_state {
  static inline const char* name = "config_store";
  explicit config_store_state(config_store_actor::pointer self) : self{self} {}

  using promise = caf::typed_response_promise<reload_answer>;

  void start();
  promise reload(const reload_request& x);
  promise roll_back(const rollback_request& x);
  reload_answer check(const config_check& x);
  history_answer list_history() const;
  void look();
  actor_snapshot snapshot() const;

  config_store_actor::pointer self;
  node_actor node;
  std::shared_ptr<config_store_parts> parts;
  std::function<void(std::vector<std::string>)> watch_files;
  /// Files of the configuration in force have changed since it was loaded.
  bool files_wait = false;
  std::uint64_t refused = 0;
  vitals life;

 private:
  void tell_service() const;

  /// A configuration on its way to be in force.
  struct candidate {
    std::string trigger;
    /// What errors call the text: the file, or a generation.
    std::string name;
    config_text made_of;
    std::shared_ptr<const config::configuration> config;
    /// As it would be after a restart.
    std::shared_ptr<const config::configuration> written;
    std::vector<std::string> named;
    reload_report report;
  };

  void try_text(std::string text, const std::string& trigger, promise answer,
    const std::string& name = {});
  std::shared_ptr<candidate> plan(
    std::string text, std::string trigger, const std::string& name) const;
  void look_at_files(bool is_back);
  void watch();
  void forget_refusal();
  void commit(const std::shared_ptr<candidate>& x, promise answer);
  void refuse(const std::string& trigger,
    std::vector<config::config_error> errors, promise answer);
};

/// Reads the configuration file when it is told to, or when it changes; works
/// out what is new in it, has the node put that in force, and remembers what
/// was. One reload at a time: the next waits in the mailbox. Blocks: spawn it
/// detached.
config_store_actor::behavior_type config_store(
  config_store_actor::stateful_pointer<config_store_state> self,
  node_actor node, std::shared_ptr<config_store_parts> parts);

} // namespace causeway
