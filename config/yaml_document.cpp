#include "config/yaml_document.hpp"

#include "config/utf8.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <unordered_map>

namespace causeway::config {

namespace {

position place(const YAML::Mark& mark) {
  if (mark.is_null())
    return {};
  return {static_cast<std::uint32_t>(mark.line + 1),
    static_cast<std::uint32_t>(mark.column + 1)};
}

/// A list or mapping whose end is still to come.
struct open_node {
  yaml_node node;
  std::string path;
  /// Of a mapping: whether the next value is a key, and the lines of all keys.
  bool at_key = true;
  std::string key;
  position key_at;
  bool named = true;
  std::unordered_map<std::string, std::uint32_t> lines;
};

/// Builds our tree from the events of yaml-cpp. Aliases are never followed, so
/// the tree is no larger than the text.
class builder : public YAML::EventHandler {
 public:
  builder(yaml_document& document, const std::string& file)
    : document_{document}, file_{file} {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      throw YAML::ParserException{mark, "the file holds a second document"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, {}, anchor);
    add({yaml_node::kind::nothing, place(mark), {}, false, {}});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(place(mark), next_path(), "aliases (*name) are not supported");
    add({yaml_node::kind::nothing, place(mark), {}, false, {}});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
    YAML::anchor_t anchor, const std::string& value) override {
    check(mark, tag, anchor);
    add({yaml_node::kind::scalar, place(mark), value, tag != "?", {}});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
    YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(yaml_node::kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
    YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(yaml_node::kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  void fail(position at, std::string key, std::string reason) {
    document_.errors.push_back(
      {file_, at.line, at.column, std::move(key), std::move(reason)});
  }

  void check(
    const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      fail(place(mark), next_path(), "anchors (&name) are not supported");
    // yaml-cpp marks plain values with "?" and quoted ones with "!".
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(place(mark), next_path(), "tags (!name) are not supported");
  }

  std::string next_path() const {
    if (open_.empty())
      return {};
    const auto& parent = open_.back();
    if (parent.node.type == yaml_node::kind::list)
      return join_index(parent.path, parent.node.entries.size());
    return parent.at_key ? parent.path : join_key(parent.path, parent.key);
  }

  void begin(yaml_node::kind type, const YAML::Mark& mark,
    const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() >= max_file_depth)
      throw YAML::ParserException{mark, "is nested too deep"};
    check(mark, tag, anchor);
    open_node next;
    next.node.type = type;
    next.node.at = place(mark);
    next.path = next_path();
    open_.push_back(std::move(next));
  }

  void end() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(yaml_node node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.type == yaml_node::kind::list)
      parent.node.entries.push_back({{}, {}, std::move(node)});
    else if (parent.at_key)
      add_key(parent, node);
    else
      add_value(parent, std::move(node));
  }

  void add_key(open_node& parent, const yaml_node& node) {
    parent.at_key = false;
    parent.key = node.text;
    parent.key_at = node.at;
    parent.named = node.type == yaml_node::kind::scalar;
    if (!parent.named)
      fail(node.at, parent.path, "a key must be a name");
  }

  void add_value(open_node& parent, yaml_node node) {
    parent.at_key = true;
    if (!parent.named)
      return;
    // A missing value is marked wherever the next token stands.
    if (node.type == yaml_node::kind::nothing)
      node.at = parent.key_at;
    auto [known, added] = parent.lines.emplace(parent.key, parent.key_at.line);
    if (!added)
      return fail(parent.key_at, join_key(parent.path, parent.key),
        "duplicate key, first on line " + std::to_string(known->second));
    parent.node.entries.push_back(
      {std::move(parent.key), parent.key_at, std::move(node)});
  }

  yaml_document& document_;
  const std::string& file_;
  std::size_t documents_ = 0;
  std::vector<open_node> open_;
};

/// What yaml-cpp says, with the likely cause.
std::string explain(const std::string& message, std::string_view line) {
  if (message.find("alias") != message.npos
      || message.find("anchor") != message.npos)
    return message + " (quote a text that begins with *)";
  if (line.find("]:") != line.npos)
    return message + " (quote an IPv6 address: \"[::1]:7070\")";
  if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != line.npos)
    return message + " (indent with spaces, not tabs)";
  return message;
}

std::string_view line_at(std::string_view text, const YAML::Mark& mark) {
  if (mark.is_null())
    return {};
  auto end = std::min<std::size_t>(mark.pos, text.size());
  auto begin = text.substr(0, end).rfind('\n');
  begin = begin == text.npos ? 0 : begin + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// Bytes that yaml-cpp would take as the end of the file, or pass on.
bool is_forbidden(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

/// The first place that is no text, or the end.
std::size_t text_prefix(std::string_view text) {
  auto control = std::ranges::find_if(text, is_forbidden) - text.begin();
  return std::min<std::size_t>(control, valid_utf8_prefix(text));
}

position locate(std::string_view text, std::size_t offset) {
  auto before = text.substr(0, offset);
  auto lines = std::ranges::count(before, '\n');
  auto start = before.rfind('\n');
  auto column = start == before.npos ? offset : offset - start - 1;
  return {static_cast<std::uint32_t>(lines + 1),
    static_cast<std::uint32_t>(column + 1)};
}

void run_parser(
  std::string_view text, const std::string& file, yaml_document& document) {
  std::istringstream stream{std::string{text}};
  builder events{document, file};
  YAML::Parser parser{stream};
  while (parser.HandleNextDocument(events)) {
  }
}

} // namespace

const yaml_entry* yaml_node::find(std::string_view key) const {
  auto found = std::ranges::find(entries, key, &yaml_entry::key);
  return found == entries.end() ? nullptr : &*found;
}

yaml_document parse_yaml(std::string_view text, const std::string& file) {
  yaml_document document;
  auto give_up = [&](position at, std::string reason) {
    document.errors.push_back(
      {file, at.line, at.column, {}, std::move(reason)});
    document.root = {};
    document.complete = false;
  };
  if (text.size() > max_file_size)
    give_up({}, "is larger than 1 MiB");
  else if (auto good = text_prefix(text); good < text.size())
    give_up(locate(text, good), is_forbidden(text[good])
                                  ? "control character in UTF-8 text"
                                  : "is not UTF-8");
  if (!document.complete)
    return document;
  try {
    run_parser(text, file, document);
  } catch (const YAML::Exception& e) {
    give_up(place(e.mark), "YAML: " + explain(e.msg, line_at(text, e.mark)));
  } catch (const std::exception& e) {
    give_up({}, std::string{"YAML: "} + e.what());
  }
  return document;
}

position locate_key(const yaml_node& root, std::string_view key_path) {
  auto node = &root;
  auto at = root.at;
  while (!key_path.empty()) {
    const yaml_entry* next = nullptr;
    std::size_t used = 0;
    if (key_path.front() == '[') {
      auto end = key_path.find(']');
      if (end == key_path.npos || node->type != yaml_node::kind::list)
        return at;
      std::size_t index = 0;
      auto digits = key_path.substr(1, end - 1);
      std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (index >= node->entries.size())
        return at;
      next = &node->entries[index];
      used = end + 1;
    } else {
      // The names of domains have dots themselves.
      for (const auto& entry : node->entries)
        if (entry.key.size() >= used && key_path.starts_with(entry.key)
            && (key_path.size() == entry.key.size()
                || std::string_view{".["}.find(key_path[entry.key.size()])
                     != std::string_view::npos)) {
          next = &entry;
          used = entry.key.size();
        }
    }
    if (next == nullptr || used == 0)
      return at;
    node = &next->value;
    at = node->at;
    key_path.remove_prefix(used);
    if (!key_path.empty() && key_path.front() == '.')
      key_path.remove_prefix(1);
  }
  return at;
}

std::string join_key(std::string_view parent, std::string_view key) {
  auto path = std::string{parent};
  if (!path.empty())
    path += '.';
  return path + printable(key);
}

std::string join_index(std::string_view parent, std::size_t index) {
  return std::string{parent} + '[' + std::to_string(index) + ']';
}

} // namespace causeway::config
