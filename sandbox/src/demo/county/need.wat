;; A score of the demonstration: a point for every ten years of age, and three for a wage below 3,500.00 or none.
;; `need.wasm` is assembled from it; a test compares them.
(component
  (import "yinshu:program/person@0.1.0" (instance $person
    (export "value" (func (param "row" u32) (param "column" u32) (result s64)))))
  (core func $value (canon lower (func $person "value")))
  (core module $m
    (import "person" "value" (func $value (param i32 i32) (result i64)))
    (func (export "score") (param $row i32) (param $output i32) (result i64)
      (i64.add
        (i64.div_s (call $value (local.get $row) (i32.const 0)) (i64.const 10))
        (select (i64.const 3) (i64.const 0)
          (i64.lt_s (call $value (local.get $row) (i32.const 1)) (i64.const 350000))))))
  (core instance $i (instantiate $m (with "person" (instance (export "value" (func $value))))))
  (func (export "score") (param "row" u32) (param "output" u32) (result s64)
    (canon lift (core func $i "score"))))
