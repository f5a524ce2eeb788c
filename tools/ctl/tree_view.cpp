#include "tools/ctl/tree_view.hpp"

#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"
#include "tools/ctl/text_table.hpp"

#include <algorithm>
#include <vector>

namespace causeway::ctl {

namespace {

using boost::json::object;

// From here on it is worth to be shown how old the oldest message is.
constexpr double shown_age = 0.01;

// "h_in=7 unacked=2", without what is empty.
std::string display_fields(const object& x) {
  std::string out;
  for (auto& field : object_at(x, "fields")) {
    auto* value = field.value().if_string();
    if (!value || value->empty())
      continue;
    out += out.empty() ? "" : " ";
    out += std::string_view{field.key()};
    out += '=';
    out += std::string_view{*value};
  }
  if (auto error = text_at(x, "last_error"); !error.empty())
    out += (out.empty() ? "" : " ") + ("last_error=\"" + error + '"');
  return out;
}

std::string display_state(const object& x) {
  if (x.contains("stuck"))
    return "stuck (" + text_at(x, "how") + ')';
  return x.contains("silent") ? "silent" : text_at(x, "state");
}

std::string display_age(const object& x) {
  auto age = decimal_at(x, "age");
  return age < shown_age ? "" : display_decimal(age, 2) + 's';
}

std::string display_busy(const object& x) {
  return x.contains("busy") ? display_decimal(decimal_at(x, "busy"), 2) : "";
}

std::string display_restarts(const object& x) {
  auto n = number_at(x, "restarts");
  return n == 0 ? "" : std::to_string(n);
}

// Rows whose columns may be left out as a whole.
class actor_table {
 public:
  explicit actor_table(const tree_options& options) : options_{options} {}

  void add(const object& x, const std::string& branch) {
    auto id = number_at(x, "id");
    std::vector<std::string> row{
      branch + text_at(x, "kind") + " #" + std::to_string(id),
      display_state(x)};
    auto is_silent = x.contains("silent");
    auto rate = options_.rates.find(id);
    auto has_rate = rate != options_.rates.end() && !is_silent;
    row.push_back(is_silent ? "" : display_duration(decimal_at(x, "uptime")));
    row.push_back(is_silent ? "" : std::to_string(number_at(x, "handled")));
    row.push_back(has_rate ? display_decimal(rate->second.handled, 1) : "");
    row.push_back(is_silent ? "" : std::to_string(number_at(x, "mailbox")));
    row.push_back(display_age(x));
    row.push_back(display_busy(x));
    row.push_back(has_rate ? display_decimal(100 * rate->second.busy, 1) : "");
    row.push_back(display_restarts(x));
    row.push_back(display_fields(x));
    rows_.push_back(std::move(row));
  }

  void add_line(std::string text) { rows_.push_back({std::move(text)}); }

  std::string text() const {
    using align = text_table::align;
    std::vector<text_table::column> columns{{"ACTOR"}, {"STATE"},
      {"AGE", align::right}, {"HANDLED", align::right},
      {"PER SEC", align::right}, {"MAILBOX", align::right},
      {"OLDEST", align::right}, {"BUSY", align::right},
      {"BUSY %", align::right}, {"RESTARTS", align::right}, {"FIELDS"}};
    for (std::size_t i : {4u, 6u, 7u, 8u, 9u})
      if (std::ranges::none_of(rows_,
            [i](auto& row) { return i < row.size() && !row[i].empty(); }))
        columns[i].title.clear();
    text_table out{columns};
    for (auto& row : rows_)
      out.add(row);
    return out.text();
  }

 private:
  const tree_options& options_;
  std::vector<std::vector<std::string>> rows_;
};

void draw(const object& x, const std::string& own, const std::string& below,
  actor_table& out) {
  out.add(x, own);
  auto& children = array_at(x, "children");
  auto left_out = number_at(x, "left_out");
  for (std::size_t i = 0; i < children.size(); ++i) {
    bool last = i + 1 == children.size() && left_out == 0;
    if (auto* child = children[i].if_object())
      draw(*child, below + (last ? "└─ " : "├─ "),
        below + (last ? "   " : "│  "), out);
  }
  if (left_out > 0)
    out.add_line(below + "└─ and " + std::to_string(left_out) + " more");
}

// All actors of the tree; returns how many were left out.
std::uint64_t flatten(
  const object& x, std::string_view kind, std::vector<const object*>& out) {
  if (kind.empty() || text_at(x, "kind") == kind)
    out.push_back(&x);
  auto left_out = number_at(x, "left_out");
  for (auto& child : array_at(x, "children"))
    if (auto* ptr = child.if_object())
      left_out += flatten(*ptr, kind, out);
  return left_out;
}

double weight(const object& x, const tree_options& options) {
  auto rate = options.rates.find(number_at(x, "id"));
  auto is_known = rate != options.rates.end();
  if (options.order == "busy" && is_known)
    return rate->second.busy;
  if (options.order == "handled" && is_known)
    return rate->second.handled;
  return decimal_at(x, options.order);
}

void list(const object& tree, const tree_options& options, actor_table& out) {
  std::vector<const object*> all;
  auto left_out = flatten(tree, options.kind, all);
  if (!options.order.empty())
    std::ranges::stable_sort(all, std::greater{},
      [&](const object* x) { return weight(*x, options); });
  if (options.most > 0 && all.size() > options.most) {
    left_out += all.size() - options.most;
    all.resize(options.most);
  }
  for (auto* x : all)
    out.add(*x, "");
  if (left_out > 0)
    out.add_line("and " + std::to_string(left_out) + " more");
}

void collect_figures(const object& x, actor_looks& out) {
  if (!x.contains("silent"))
    out[number_at(x, "id")] = {decimal_at(x, "handled"), decimal_at(x, "busy")};
  for (auto& child : array_at(x, "children"))
    if (auto* ptr = child.if_object())
      collect_figures(*ptr, out);
}

} // namespace

std::string show_actors(const object& answer, const tree_options& options) {
  auto& tree = object_at(answer, "tree");
  if (tree.empty())
    return "no actor of this kind\n";
  actor_table table{options};
  if (options.flat)
    list(tree, options, table);
  else
    draw(tree, "", "", table);
  return table.text();
}

std::string show_actor(const object& answer) {
  auto& x = object_at(answer, "actor");
  text_table facts{{{""}, {""}}};
  facts.add(
    {"actor", text_at(x, "kind") + " #" + std::to_string(number_at(x, "id"))});
  facts.add({"node", text_at(x, "node")});
  if (x.contains("parent"))
    facts.add({"parent", '#' + std::to_string(number_at(x, "parent"))});
  facts.add({"state", display_state(x)});
  if (!x.contains("silent")) {
    facts.add({"age", display_duration(decimal_at(x, "uptime"))});
    facts.add({"handled", std::to_string(number_at(x, "handled"))});
    facts.add({"mailbox", std::to_string(number_at(x, "mailbox"))});
  }
  facts.add({"oldest", display_decimal(decimal_at(x, "age"), 3) + " s"});
  facts.add({"busy", display_decimal(decimal_at(x, "busy"), 2) + " s"});
  facts.add({"restarts", std::to_string(number_at(x, "restarts"))});
  if (auto error = text_at(x, "last_error"); !error.empty())
    facts.add({"last error", error});
  for (auto& field : object_at(x, "fields"))
    if (auto* value = field.value().if_string(); value && !value->empty())
      facts.add({std::string{std::string_view{field.key()}},
        std::string{std::string_view{*value}}});
  auto text = facts.text();
  tree_options options;
  actor_table table{options};
  auto& children = array_at(x, "children");
  for (auto& child : children)
    if (auto* ptr = child.if_object())
      table.add(*ptr, "");
  return children.empty() ? text : text + '\n' + table.text();
}

actor_looks figures_by_id(const object& answer) {
  actor_looks out;
  collect_figures(object_at(answer, "tree"), out);
  return out;
}

actor_looks rates_between(
  const actor_looks& before, const actor_looks& after, double seconds) {
  actor_looks out;
  for (auto& [id, now] : after) {
    auto old = before.find(id);
    if (old == before.end() || now.handled < old->second.handled
        || seconds <= 0)
      continue;
    out[id] = {(now.handled - old->second.handled) / seconds,
      std::max(0.0, now.busy - old->second.busy) / seconds};
  }
  return out;
}

} // namespace causeway::ctl
