#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// The live view of a node: what stands on the screen, without the screen.
namespace causeway::ctl {

/// How the busiest actors are ordered.
enum class top_order { busy, rate, mailbox, oldest, kind, id };

/// The order that a key chooses.
std::optional<top_order> order_of_key(int key);

struct top_options {
  std::size_t width = 80;
  std::size_t height = 24;
  top_order order = top_order::busy;
  /// The last line tells the keys.
  bool help = true;
};

/// The lines of the screen, each no wider than that, from two answers to `top`.
/// Without an earlier one there are no rates.
std::vector<std::string> draw_top(const boost::json::object& now,
  const boost::json::object* before, const top_options& options);

} // namespace causeway::ctl
