#pragma once

#include "actors/interfaces.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The tree of actors as a value, at the moment of an inspection.
namespace causeway {

/// One actor of the tree.
struct actor_tree_node {
  /// Without `children`, which stand below as positions. Of a silent actor
  /// only id, kind and parent are known.
  actor_snapshot self;
  inspectable_actor handle;
  /// True if no answer came in time.
  bool silent = false;
  /// Seconds that the question waited in its mailbox: if silent, at least, and
  /// since the first question that it has not answered.
  double age = 0;
  /// What its owner says: how often it was replaced, and why the last time.
  std::uint32_t restarts = 0;
  std::string last_failure;
  /// Children that were left out because of a limit.
  std::size_t left_out = 0;
  /// Positions in `actor_tree::nodes`, in the order of the parent;
  /// if some are left out, the oldest first.
  std::vector<std::size_t> children;
};

/// All actors that were asked; the root stands first. Empty if the root has
/// ended.
struct actor_tree {
  std::vector<actor_tree_node> nodes;
};

/// Value of a field, or an empty text.
std::string_view field(const actor_snapshot& x, std::string_view name);

/// First child of that kind, or null.
const actor_tree_node* child_of_kind(
  const actor_tree& tree, const actor_tree_node& parent, std::string_view kind);

/// Calls `f` for every node of that kind in the order of the tree.
void for_each_of_kind(const actor_tree& tree, std::string_view kind,
  const std::function<void(const actor_tree_node&)>& f);

} // namespace causeway
