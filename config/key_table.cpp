#include "config/key_table.hpp"

#include "config/leaf_visitor.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace causeway::config {

namespace {

/// The last part of a key path, without the brackets of a list.
std::string_view last_part(std::string_view path) {
  auto dot = path.find_last_of('.');
  return dot == path.npos ? path : path.substr(dot + 1);
}

std::string in_code(std::string text) {
  return '`' + std::move(text) + '`';
}

/// Visitor of the schema that makes the table.
class row_collector final : public leaf_visitor {
 public:
  template <class T>
  void section(std::string_view key, T& x) {
    enter(join_key(path_, key), x);
  }
  void tls(std::string_view key, listener&, const key_facts& facts) {
    add_group(key, facts);
    listener_tls any;
    enter(join_key(path_, key), any);
  }
  template <class T>
  void list(std::string_view key, std::vector<T>&, const key_facts& facts) {
    add_group(key, facts);
    T any;
    enter(join_key(path_, key) + "[]", any);
  }
  void named(std::string_view key, std::map<std::string, domain>&,
    const key_facts& facts) {
    add_group(key, facts);
    domain any;
    enter(join_key(path_, key) + ".*", any);
  }

  std::vector<key_row> rows;

 private:
  void leaf(std::string_view key, std::string value, std::string range,
    const key_facts& facts) override {
    rows.push_back({join_key(path_, key),
      facts.standard.empty() ? in_code(std::move(value))
                             : std::string{facts.standard},
      facts.values.empty() ? std::move(range) : std::string{facts.values},
      facts.scope, std::string{facts.meaning}});
  }

  void add_group(std::string_view key, const key_facts& facts) {
    rows.push_back({join_key(path_, key), std::string{facts.standard},
      std::string{facts.values}, facts.scope, std::string{facts.meaning},
      true});
  }

  template <class T>
  void enter(std::string path, T& x) {
    auto outer = std::exchange(path_, std::move(path));
    describe(*this, x);
    path_ = std::move(outer);
  }

  std::string path_;
};

/// A concrete key path as the table has it: `listeners[2].tls[0].key` is
/// `listeners[].tls.key`, `domains.a.example.auth` is `domains.*.auth`.
std::string to_pattern(
  std::string_view text, const std::vector<key_row>& table) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '[')
      continue;
    auto end = text.find(']', i);
    if (end == text.npos)
      return {};
    out += ']';
    i = end;
  }
  for (std::string part = ".tls[]"; auto at = out.find(part) + 1;)
    out.erase(at - 1 + part.size() - 2, 2);
  constexpr std::string_view domains = "domains.";
  if (!out.starts_with(domains) || out.starts_with("domains.*"))
    return out;
  // The name of a domain has dots itself: the longest key that ends it.
  std::string best = "domains.*";
  for (auto& row : table)
    if (row.path.starts_with("domains.*.")
        && out.ends_with(row.path.substr(std::string_view{"domains.*"}.size()))
        && row.path.size() > best.size())
      best = row.path;
  return best;
}

} // namespace

std::string_view to_string(key_scope x) {
  switch (x) {
  case key_scope::live: return "live";
  case key_scope::new_streams: return "new streams";
  case key_scope::restart: return "restart";
  }
  return {};
}

std::vector<key_row> key_table() {
  row_collector collector;
  configuration config;
  describe(collector, config);
  return std::move(collector.rows);
}

std::string to_markdown(const key_row& x) {
  auto out = "| `" + std::string{last_part(x.path)} + '`';
  for (auto cell : {std::string_view{x.standard}, std::string_view{x.values},
         to_string(x.scope), std::string_view{x.meaning}}) {
    out += " | ";
    out += cell;
  }
  return out + " |";
}

std::vector<key_row> find_keys(std::string_view text) {
  auto table = key_table();
  auto keep = [&](auto&& is_meant) {
    std::vector<key_row> found;
    std::ranges::copy_if(table, std::back_inserter(found), is_meant);
    return found;
  };
  auto path = to_pattern(text, table);
  if (path.empty())
    return {};
  // A group comes with what is below it.
  auto below = [&](const key_row& x) {
    return x.path == path || x.path.starts_with(path + '.')
           || x.path.starts_with(path + '[');
  };
  if (auto found = keep(below); !found.empty())
    return found;
  return keep([&](const key_row& x) { return last_part(x.path) == text; });
}

std::string suggest_key(std::string_view text) {
  auto table = key_table();
  std::vector<std::string_view> paths, names;
  for (auto& row : table) {
    paths.push_back(row.path);
    names.push_back(last_part(row.path));
  }
  auto found = suggest(text, paths);
  return found.empty() ? suggest(text, names) : found;
}

} // namespace causeway::config
