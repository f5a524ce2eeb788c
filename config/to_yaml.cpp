#include "config/changes.hpp"
#include "config/item_values.hpp"

#include <utility>

namespace causeway::config {

namespace {

/// Visitor of the schema that writes a file. Items of lists and domains hold
/// only what differs from the defaults: some keys exclude each other.
class yaml_writer final : public leaf_visitor {
 public:
  template <class T>
  void section(std::string_view key, T& x) {
    line(std::string{key} + ':');
    indent_ += "  ";
    describe(*this, x);
    indent_.resize(indent_.size() - 2);
  }
  void tls(std::string_view key, listener& x, const key_facts&) {
    if (x.secure)
      line(std::string{key} + ": " + tls_value(x));
  }
  template <class T>
  void list(std::string_view key, std::vector<T>& x, const key_facts&) {
    if (x.empty())
      return;
    line(std::string{key} + ':');
    for (auto& y : x) {
      auto at = out.size() + indent_.size() + 2;
      write_item(y, "    ");
      out[at] = '-';
    }
  }
  void named(
    std::string_view key, std::map<std::string, domain>& x, const key_facts&) {
    line(std::string{key} + ':');
    for (auto& [name, y] : x) {
      line("  " + to_yaml_text(name) + ':');
      auto before = out.size();
      write_item(y, "    ");
      if (out.size() == before)
        out.insert(before - 1, " {}");
    }
  }

  std::string out;

 private:
  void leaf(std::string_view key, std::string value, std::string,
    const key_facts&) override {
    if (!standard_ || !standard_->has(key, value))
      line(std::string{key} + ": " + value);
  }

  void line(const std::string& x) { out += indent_ + x + '\n'; }

  template <class T>
  void write_item(T& x, std::string_view more) {
    item_values standard{T{}};
    auto outer = std::exchange(standard_, &standard);
    indent_ += more;
    describe(*this, x);
    indent_.resize(indent_.size() - more.size());
    standard_ = outer;
  }

  std::string indent_;
  const item_values* standard_ = nullptr;
};

} // namespace

std::string to_yaml(const configuration& x) {
  auto copy = x;
  yaml_writer writer;
  describe(writer, copy);
  return std::move(writer.out);
}

} // namespace causeway::config
