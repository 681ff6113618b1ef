# Build rules shared by every folder: foehn_library(), foehn_test(), foehn_embed() and the one list of
# third-party dependencies with the Debian package each comes from.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Without this sloppiness ccache refuses every compilation that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${CCACHE_PROGRAM}"
      CACHE STRING "")
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-fno-omit-frame-pointer -fstack-protector-strong)
if(CCACHE_PROGRAM AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
endif()
set(FOEHN_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these inside the standard library and nlohmann at -O2.
  list(APPEND FOEHN_WARNINGS -Wno-maybe-uninitialized -Wno-restrict -Wno-dangling-pointer
       -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread)
endif()
if(FOEHN_FUZZ)
  # Warnings are GCC's business; clang is here for libFuzzer only. -O1: a fuzzer lives from the number of its runs.
  set(FOEHN_WARNINGS -w)
  add_compile_options(-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
                      -Xclang -fno-pch-timestamp)
  add_link_options(-fsanitize=address,undefined)
endif()
if(FOEHN_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(FOEHN_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -Wno-tsan)
  add_link_options(-fsanitize=thread)
endif()

# dependency(<target> <debian package> <how to find it...>): fails with the package to install.
function(dependency target package)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "Foehn needs ${target}: apt-get install ${package}")
  endif()
endfunction()

find_package(Threads REQUIRED)
find_package(PkgConfig QUIET)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "Foehn needs pkg-config: apt-get install pkg-config")
endif()
find_package(nlohmann_json QUIET)
dependency(nlohmann_json::nlohmann_json nlohmann-json3-dev)
find_package(tl-expected QUIET)
dependency(tl::expected libexpected-dev)
find_package(spdlog QUIET)
dependency(spdlog::spdlog libspdlog-dev)
find_package(CLI11 QUIET)
dependency(CLI11::CLI11 libcli11-dev)
find_package(OpenSSL QUIET)
dependency(OpenSSL::Crypto libssl-dev)
find_package(Boost 1.74 QUIET)
dependency(Boost::headers libboost-dev)
pkg_check_modules(YAMLCPP QUIET IMPORTED_TARGET yaml-cpp)
dependency(PkgConfig::YAMLCPP libyaml-cpp-dev)
pkg_check_modules(SQLITE QUIET IMPORTED_TARGET sqlite3)
dependency(PkgConfig::SQLITE libsqlite3-dev)
pkg_check_modules(SSH2 QUIET IMPORTED_TARGET libssh2)
dependency(PkgConfig::SSH2 libssh2-1-dev)
pkg_check_modules(CURL QUIET IMPORTED_TARGET libcurl)
dependency(PkgConfig::CURL libcurl4-openssl-dev)
pkg_check_modules(RE2 QUIET IMPORTED_TARGET re2)
dependency(PkgConfig::RE2 libre2-dev)
pkg_check_modules(PROMETHEUS QUIET IMPORTED_TARGET prometheus-cpp-core)
dependency(PkgConfig::PROMETHEUS prometheus-cpp-dev)
# Its -pthread would keep targets from using the precompiled header.
set_target_properties(PkgConfig::RE2 PROPERTIES INTERFACE_COMPILE_OPTIONS "")

# Owner of the one precompiled header; without any definitions of its own, so that every target can reuse it.
add_library(foehn_pch STATIC ${CMAKE_SOURCE_DIR}/engine/base/pch.cc)
target_include_directories(foehn_pch PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(foehn_pch PRIVATE ${FOEHN_WARNINGS})
target_link_libraries(foehn_pch PRIVATE nlohmann_json::nlohmann_json tl::expected Threads::Threads)
target_precompile_headers(foehn_pch PRIVATE ${CMAKE_SOURCE_DIR}/engine/base/pch.h)

# foehn_unity(TARGET SOURCES ALONE): with FOEHN_UNITY, compiles about five of the target's SOURCES at once; most of a
# compilation is headers and templates they share. Sources are dealt out in turn, not in runs: neighbours in a list are
# often siblings (fn_math.cc, fn_strings.cc) that use the same names in their anonymous namespaces. Those named in
# ALONE are compiled by themselves.
function(foehn_unity target sources alone)
  list(REMOVE_ITEM sources ${alone})
  list(LENGTH sources count)
  if(NOT FOEHN_UNITY OR count LESS 2)
    return()
  endif()
  math(EXPR groups "(${count} + 4) / 5")
  set(number 0)
  foreach(source ${sources})
    math(EXPR group "${number} % ${groups}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    math(EXPR number "${number} + 1")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # A class of a .cc may well have members of that file's own types; GCC wants that only of main files.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# foehn_library(NAME n LAYER k SOURCES … USES foehn_x … LIBS third::party … [ALONE a.cc …])
# Refuses a USES edge to a higher layer; third parties are linked PRIVATE. ALONE: see foehn_unity.
function(foehn_library)
  cmake_parse_arguments(ARG "" "NAME;LAYER" "SOURCES;USES;LIBS;ALONE" ${ARGN})
  add_library(${ARG_NAME} STATIC ${ARG_SOURCES})
  foehn_unity(${ARG_NAME} "${ARG_SOURCES}" "${ARG_ALONE}")
  set_property(TARGET ${ARG_NAME} PROPERTY FOEHN_LAYER ${ARG_LAYER})
  target_include_directories(${ARG_NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${ARG_NAME} PRIVATE ${FOEHN_WARNINGS})
  target_link_libraries(${ARG_NAME} PUBLIC nlohmann_json::nlohmann_json tl::expected Threads::Threads)
  foreach(used ${ARG_USES})
    get_property(used_layer TARGET ${used} PROPERTY FOEHN_LAYER)
    if(used_layer GREATER ${ARG_LAYER})
      message(FATAL_ERROR "${ARG_NAME} (layer ${ARG_LAYER}) may not use ${used} (layer ${used_layer})")
    endif()
    target_link_libraries(${ARG_NAME} PUBLIC ${used})
  endforeach()
  foreach(library ${ARG_LIBS})
    target_link_libraries(${ARG_NAME} PRIVATE ${library})
  endforeach()
  target_precompile_headers(${ARG_NAME} REUSE_FROM foehn_pch)
endfunction()

# foehn_test(NAME n SOURCES … USES foehn_x … LIBS third::party … LABEL unit [TIMEOUT s] [ALONE a.cc …])
# One executable on GoogleTest, one ctest entry. ALONE: see foehn_unity.
function(foehn_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL;TIMEOUT" "SOURCES;USES;LIBS;ALONE" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  foehn_unity(${ARG_NAME} "${ARG_SOURCES}" "${ARG_ALONE}")
  target_include_directories(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${ARG_NAME} PRIVATE ${FOEHN_WARNINGS})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_USES} ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${ARG_NAME} REUSE_FROM foehn_pch)
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT})
  set_property(GLOBAL APPEND PROPERTY FOEHN_TEST_PROGRAMS ${ARG_NAME})
endfunction()

# foehn_embed(TARGET t SYMBOL name ROOT dir FILES a b …): puts files into the read-only data of target t.
# Reach them through `extern const foehn::EmbeddedFile* const name; extern const std::size_t name_count;`
# (engine/base/embedded.h); names are paths relative to ROOT.
function(foehn_embed)
  cmake_parse_arguments(ARG "" "TARGET;SYMBOL;ROOT" "FILES" ${ARGN})
  if(NOT TARGET ${ARG_TARGET})
    return()
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${ARG_SYMBOL}.cc)
  set(text "#include \"engine/base/embedded.h\"\n")
  set(rows "")
  set(number 0)
  foreach(file ${ARG_FILES})
    set(symbol "foehn_${ARG_SYMBOL}_${number}")
    string(APPEND text "asm(\".section .rodata\\n.balign 16\\n${symbol}_begin:\\n.incbin \\\"${ARG_ROOT}/${file}\\\"\\n"
           "${symbol}_end:\\n.byte 0\\n.global ${symbol}_begin\\n.global ${symbol}_end\\n.hidden ${symbol}_begin\\n.hidden ${symbol}_end\\n.text\\n\");\n"
           "extern \"C\" const char ${symbol}_begin[];\nextern \"C\" const char ${symbol}_end[];\n")
    string(APPEND rows "    {\"${file}\", ${symbol}_begin, ${symbol}_end},\n")
    list(APPEND paths ${ARG_ROOT}/${file})
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND text "namespace {\nconst foehn::EmbeddedFile kFiles[] = {\n${rows}};\n}  // namespace\n"
         "namespace foehn::embedded {\n"
         "extern const EmbeddedFile* const ${ARG_SYMBOL};\nextern const std::size_t ${ARG_SYMBOL}_count;\n"
         "const EmbeddedFile* const ${ARG_SYMBOL} = kFiles;\nconst std::size_t ${ARG_SYMBOL}_count = ${number};\n}  // namespace foehn::embedded\n")
  file(GENERATE OUTPUT ${out} CONTENT "${text}")
  set_source_files_properties(${out} PROPERTIES GENERATED TRUE OBJECT_DEPENDS "${paths}" SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${ARG_TARGET} PRIVATE ${out})
endfunction()
