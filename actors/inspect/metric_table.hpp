#pragma once

#include "actors/inspect/counters.hpp"

#include <span>
#include <string_view>

/// How counters, gauges and histograms are called outside. Names are stable:
/// what looks at a node from outside depends on them.
namespace causeway {

/// A family, or one more sample of the family before it, which has the same
/// name.
struct counter_metric {
  counter which;
  std::string_view name;
  /// Between the braces; empty: none.
  std::string_view labels;
  std::string_view help;
};

struct gauge_metric {
  gauge which;
  std::string_view name;
  std::string_view labels;
  std::string_view help;
};

struct latency_metric {
  latency which;
  std::string_view name;
  std::string_view help;
};

/// A counter that is not there is `causeway_NAME_total`.
std::span<const counter_metric> counter_metrics();
std::span<const gauge_metric> gauge_metrics();
std::span<const latency_metric> latency_metrics();

} // namespace causeway
