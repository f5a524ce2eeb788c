#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace causeway {

/// Builds what Prometheus reads (text format 0.0.4): families one after the
/// other, each with all of its samples.
class metric_text {
 public:
  using labels =
    std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// "counter", "gauge" or "histogram".
  void family(
    std::string_view name, std::string_view type, std::string_view help);

  /// A sample of the family that was begun last.
  void sample(labels x, double value);
  void sample(double value) { sample({}, value); }
  /// The same with a suffix of its name: `_bucket`, `_sum`, `_count`.
  void sample(std::string_view suffix, labels x, double value);
  /// The same with labels as they are to stand between the braces.
  void sample_as_is(std::string_view labels, double value);

  std::string take() { return std::move(text_); }

 private:
  void add_value(double value);

  std::string text_;
  std::string name_;
};

} // namespace causeway
