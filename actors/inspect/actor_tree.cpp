#include "actors/inspect/actor_tree.hpp"

namespace causeway {

std::string_view field(const actor_snapshot& x, std::string_view name) {
  for (auto f : x.fields)
    if (f.name == name)
      return f.value;
  return {};
}

const actor_tree_node* child_of_kind(const actor_tree& tree,
  const actor_tree_node& parent, std::string_view kind) {
  for (auto i : parent.children)
    if (tree.nodes[i].self.kind == kind)
      return &tree.nodes[i];
  return nullptr;
}

void for_each_of_kind(const actor_tree& tree, std::string_view kind,
  const std::function<void(const actor_tree_node&)>& f) {
  // The tree stands in `nodes` in the order of the questions, not of the
  // children: walk it from the root.
  if (tree.nodes.empty())
    return;
  std::vector<std::size_t> stack{0};
  while (!stack.empty()) {
    auto& x = tree.nodes[stack.back()];
    stack.pop_back();
    if (x.self.kind == kind)
      f(x);
    stack.insert(stack.end(), x.children.rbegin(), x.children.rend());
  }
}

} // namespace causeway
