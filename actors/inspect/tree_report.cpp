#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace causeway {

namespace {

namespace json = boost::json;

json::object describe(const actor_snapshot& x) {
  json::object fields;
  for (auto& f : x.fields)
    fields[f.name] = f.value;
  json::object out{{"id", x.id}, {"kind", x.kind}, {"state", x.state},
    {"uptime", x.uptime}, {"handled", x.handled}, {"mailbox", x.mailbox},
    {"fields", std::move(fields)}};
  if (!x.last_error.empty())
    out["last_error"] = x.last_error;
  return out;
}

json::object describe_silent(const actor_snapshot& x) {
  return {{"id", x.id}, {"kind", x.kind}, {"silent", true}};
}

// The actor with those below it that are wanted; empty if nothing is. The
// inspection bounds the depth.
json::object describe_branch(
  const actor_tree& tree, const actor_tree_node& x, std::string_view kind) {
  json::array children;
  for (auto i : x.children) {
    auto child = describe_branch(tree, tree.nodes[i], kind);
    if (!child.empty())
      children.emplace_back(std::move(child));
  }
  if (!kind.empty() && x.self.kind != kind && children.empty())
    return {};
  auto out = x.silent ? describe_silent(x.self) : describe(x.self);
  if (!children.empty())
    out["children"] = std::move(children);
  if (x.left_out > 0)
    out["left_out"] = x.left_out;
  return out;
}

} // namespace

json::object actors_report(const actor_tree& tree, std::string_view kind) {
  if (tree.nodes.empty())
    return error_report("the node is ending");
  json::object out;
  out["tree"] = describe_branch(tree, tree.nodes.front(), kind);
  return out;
}

} // namespace causeway
