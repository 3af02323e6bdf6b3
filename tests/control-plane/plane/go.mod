module kops-stack.test/control-plane/plane

go 1.26.0
