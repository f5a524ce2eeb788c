#include "protocol/library_versions.hpp"

#include <openssl/crypto.h>
#include <unicode/uvernum.h>
#include <xercesc/util/XercesVersion.hpp>

namespace causeway::protocol {

std::vector<std::pair<std::string_view, std::string_view>> library_versions() {
  return {
    {"xerces", XERCES_FULLVERSIONDOT},
    {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
    {"icu", U_ICU_VERSION},
  };
}

} // namespace causeway::protocol
