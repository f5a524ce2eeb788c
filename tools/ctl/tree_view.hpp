#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace causeway::ctl {

/// What one look tells of an actor that grows from look to look.
struct actor_figures {
  double handled = 0;
  /// Seconds.
  double busy = 0;
};

/// By actor id.
using actor_looks = std::map<std::uint64_t, actor_figures>;

/// How to show the answer to `actors`.
struct tree_options {
  /// A list of all actors instead of a tree.
  bool flat = false;
  /// In a flat list: only this kind; empty: all.
  std::string kind;
  /// In a flat list, most first: busy, handled, mailbox or age; empty: as the
  /// tree has them.
  std::string order;
  /// In a flat list: no more than these; 0: all.
  std::size_t most = 0;
  /// Messages per second, and seconds of work per second, from an earlier
  /// look; may be empty.
  actor_looks rates;
};

/// The answer as a table whose first column draws the tree.
std::string show_actors(
  const boost::json::object& answer, const tree_options& options);

/// The answer to `actor`: all that is known of it, and a table of those that
/// it owns.
std::string show_actor(const boost::json::object& answer);

/// The figures so far.
actor_looks figures_by_id(const boost::json::object& answer);

/// Growth per second between two looks; actors that are new are left out.
actor_looks rates_between(
  const actor_looks& before, const actor_looks& after, double seconds);

} // namespace causeway::ctl
