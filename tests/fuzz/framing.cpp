/// What the framer finds does not depend on how the bytes arrive, and is what
/// expat finds. The first byte of an input chooses mode and pieces.
#include "protocol/xml_framer.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/xml_oracle.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace causeway;
using namespace causeway::protocol;
using test::require;

struct recorder final : xml_framer::sink {
  std::string tag;
  std::string name;
  std::vector<std::string> elements;
  bool closed = false;

  bool on_header(std::string_view all, std::string_view root) override {
    tag = all;
    name = root;
    return true;
  }
  bool on_element(std::string_view bytes) override {
    elements.emplace_back(bytes);
    return true;
  }
  bool on_close() override {
    closed = true;
    return true;
  }

  bool operator==(const recorder& other) const {
    return tag == other.tag && name == other.name && elements == other.elements
           && closed == other.closed;
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  std::mt19937 random{*data};
  auto mode =
    *data % 2 == 0 ? xml_framer::mode::stream : xml_framer::mode::message;
  xml_framer whole{mode};
  xml_framer pieces{mode};
  recorder in_whole;
  recorder in_pieces;
  auto good = whole.feed(text, in_whole) && whole.finish();
  auto same = true;
  for (auto rest = text; same && !rest.empty();) {
    // Memory of its own, so that a view kept too long is seen.
    std::string piece{rest.substr(0, 1 + random() % (1 + *data / 4))};
    rest.remove_prefix(piece.size());
    same = pieces.feed(piece, in_pieces);
  }
  same = same && pieces.finish();
  require(good == same);
  require(in_whole == in_pieces);
  if (!good) {
    require(whole.error().condition == pieces.error().condition);
    require(whole.error().detail == pieces.error().detail);
    return 0;
  }
  require(whole.buffered() == pieces.buffered());
  if (mode == xml_framer::mode::stream && in_whole.closed) {
    auto expected = test::first_level_elements(text);
    require(!expected || *expected == in_whole.elements);
  }
  if (mode == xml_framer::mode::message)
    require(in_whole.elements.size() == 1);
  return 0;
}
