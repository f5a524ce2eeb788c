#pragma once

#include "actors/inspect/actor_tree.hpp"

#include <chrono>
#include <cstddef>
#include <functional>

namespace causeway {

/// How far an inspection goes.
struct inspection_limits {
  /// Levels below the root.
  std::size_t depth = 16;
  /// Most children of one actor below the root that are asked; the rest is
  /// only counted.
  std::size_t children = 1'000;
  /// Most actors asked at the same time.
  std::size_t concurrency = 256;
  /// How long one actor may take before it counts as silent.
  std::chrono::milliseconds patience{1'000};
  /// How long all of it may take; who was not asked by then counts as silent.
  std::chrono::milliseconds total{5'000};
};

/// Asks `root`, then its children, and so on, and hands the tree to `done` in
/// the context of `self`. Blocks nobody: the answers come as messages to
/// `self`, and whoever ended in the meantime is left out of the tree.
void inspect_tree(admin_actor::pointer self, inspectable_actor root,
  inspection_limits limits, std::function<void(actor_tree)> done);

} // namespace causeway
