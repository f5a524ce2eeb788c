#define CAF_SUITE json_writer

#include "actors/inspect/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <caf/test/dsl.hpp>

#include <limits>

using namespace causeway;

namespace {

namespace json = boost::json;

template <class T>
std::string written(const T& x) {
  json_writer out;
  out.value(x);
  return out.take();
}

} // namespace

CAF_TEST(objects and arrays nest with commas between) {
  json_writer out;
  out.begin_object();
  out.key("a");
  out.begin_array();
  out.value(std::uint64_t{1});
  out.begin_object();
  out.end_object();
  out.value("x");
  out.end_array();
  out.member("b", true);
  out.member("c", nullptr);
  out.member("d", json::parse(R"([1,"y"])"));
  out.end_object();
  CAF_CHECK_EQUAL(
    out.take(), R"({"a":[1,{},"x"],"b":true,"c":null,"d":[1,"y"]})");
}

CAF_TEST(numbers come back as they were) {
  for (double x : {0.0, -1.5, 0.1, 1e300, 123456789.125}) {
    auto text = written(x);
    CAF_CHECK_EQUAL(json::parse(text).to_number<double>(), x);
  }
  CAF_CHECK_EQUAL(written(std::numeric_limits<double>::infinity()), "null");
  CAF_CHECK_EQUAL(
    written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

CAF_TEST(texts that clients chose do no harm) {
  CAF_CHECK_EQUAL(written("a\"b\\c\n"), R"("a\"b\\c\n")");
  CAF_CHECK_EQUAL(written("\xc2\x9b"), R"("\u009b")");
  CAF_CHECK_EQUAL(written("\xff"), "\"\xef\xbf\xbd\"");
  CAF_CHECK_EQUAL(written("J\xc3\xbcliet"), "\"J\xc3\xbcliet\"");
  json_writer out;
  out.begin_object();
  out.member("\"", "");
  out.end_object();
  CAF_CHECK_EQUAL(out.take(), R"({"\"":""})");
}
