# psi
