module kops-stack.test/control-plane/stand-ins

go 1.26.0
