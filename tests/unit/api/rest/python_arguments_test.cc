// Goal: what a class takes is read from its text as Mistral lists it, and what cannot be read is said to be unknown.
// Method: texts of classes.
#include "api/rest/python_arguments.h"

#include <gtest/gtest.h>

namespace foehn::rest {
namespace {

std::string of(const std::string& arguments) {
  return python_arguments("from mistral_lib import actions\n\nclass A(actions.Action):\n    \"\"\"Adds.\"\"\"\n\n    def "
                          "__init__(" + arguments + "):\n        pass\n    def run(self, context, x): pass\n",
                          "A");
}

TEST(PythonArgumentsTest, AreThoseOfTheConstructorWithoutTheInstance) {
  EXPECT_EQ(of("self"), "");
  EXPECT_EQ(of("self, a, b=10"), "a, b=10");
  EXPECT_EQ(of("self, a: int, b: 'dict[str, int]' = None, *rest, c=True, **more"), "a, b=null, c=true, **more");
  EXPECT_EQ(of("self,\n             a,  # the first, (really)\n             b=('x', {'y': [1, 2]}),\n             c='z',\n     "
               "        )"),
            "a, b=('x', {'y': [1, 2]}), c=\"z\"");
  EXPECT_EQ(of("self, /, a=\"),(\", *, b='\\''"), "a=\"),(\", b='\\''");
  EXPECT_EQ(of("self, a=lambda x=1: x"), "a=lambda x=1: x");
  EXPECT_EQ(of("self, a"), "a");
}

TEST(PythonArgumentsTest, AreInheritedWithinTheText) {
  const std::string code =
      "class Base:\n    def __init__(self, a):\n        pass\nclass A(Base, Other):\n    def run(self, c): pass\n"
      "class B(actions.Action):\n    def run(self, c): pass\nclass C: pass\nclass AB(elsewhere.Thing):\n  pass\n"
      "class Loop(Loop): pass\n";
  EXPECT_EQ(python_arguments(code, "A"), "a");
  EXPECT_EQ(python_arguments(code, "B"), "");
  EXPECT_EQ(python_arguments(code, "C"), "");
  EXPECT_EQ(python_arguments(code, "AB"), "**kwargs");
  EXPECT_EQ(python_arguments(code, "Loop"), "**kwargs");
  EXPECT_EQ(python_arguments(code, "Nobody"), "**kwargs");
}

TEST(PythonArgumentsTest, BrokenTextsEnd) {
  for (const char* code : {"", "class A", "class A(", "class A(:", "class A:\n  def __init__", "class A:\n def __init__(",
                           "class A:\n def __init__(self, a='", "class A:\n def __init__(self, a=\"\"\"\\", "class A(A"})
    EXPECT_FALSE(python_arguments(code, "A").size() > 20) << code;
}

}  // namespace
}  // namespace foehn::rest
